// Which frame belongs to which time. Frames are counted from 1; times are seconds, ascending.

export class Times {
  // times: seconds of frame 1, 2, ... as the decoder gives them.
  constructor(times) {
    this.set(times);
  }

  // Other times take the place of these: of a video that is read while it is looked at. Frames up
  // to `count` that have none follow at the usual distance.
  set(known, count = known.length) {
    this.count = Math.max(count, known.length);
    let times = known;
    const steps = [];
    for (let i = 1; i < Math.min(times.length, 2000); ++i) {
      const step = times[i] - times[i - 1];
      if (step > 0) steps.push(step);
    }
    steps.sort((a, b) => a - b);
    this.step = steps.length > 0 ? steps[steps.length >> 1] : 1 / 30;
    if (this.count > known.length) {
      times = new Float64Array(this.count);
      times.set(known);
      for (let i = known.length; i < this.count; ++i)
        times[i] = i === 0 ? 0 : times[i - 1] + this.step;
    }
    this.times = times;
  }

  // Times of `count` frames at a constant rate, for a table whose video has no list of times.
  static steady(count, fps) {
    return new Times(Float64Array.from({length: count}, (_, i) => i / fps));
  }

  of(frame) {
    const index = Math.min(Math.max(frame, 1), this.count) - 1;
    return this.count === 0 ? NaN : this.times[index];
  }

  // Where the interval in which a frame is shown ends.
  end(frame) {
    return frame < this.count ? this.of(frame + 1) : this.of(frame) + this.step;
  }

  // Browsers round a seek down or up by less than a frame, so one aims at the middle of its
  // interval.
  middle(frame) {
    return (this.of(frame) + this.end(frame)) / 2;
  }

  // The frame that is shown at a time: the last one that has begun. 1 before the first, count after
  // the last.
  at(seconds) {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[middle] <= seconds) low = middle + 1;
      else high = middle;
    }
    return Math.min(Math.max(low, 1), Math.max(this.count, 1));
  }

  // The frame whose own time is closest: for the time stamp of a frame, which may be rounded to
  // microseconds or to the ticks of a container.
  nearest(seconds) {
    const frame = this.at(seconds);
    if (frame >= this.count) return frame;
    return seconds - this.of(frame) <= this.of(frame + 1) - seconds ? frame : frame + 1;
  }
}

// Whether each frame of the first `count` has a time of its own, `least` seconds from its
// neighbours.
export function distinct(times, count, least) {
  for (let i = 1; i < Math.min(count, times.times.length); ++i)
    if (times.times[i] - times.times[i - 1] < least) return false;
  return true;
}

// How much of a picture's neighbours a player shows: of `wanted` frames per second only those that
// come in time. Returns the step in frames, at least 1.
export function strideFor(framesPerSecond, speed, shownPerSecond) {
  if (!(shownPerSecond > 0)) return 1;
  return Math.max(1, Math.ceil((framesPerSecond * speed) / shownPerSecond - 0.05));
}
