// Two ways to play: the browser's own player, where its frames are shown to be those of the server,
// and frames from the server at the best rate that holds.
import {distinct, strideFor} from './times.js';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function event(target, names, ms) {
  return new Promise((resolve) => {
    const done = (name) => {
      clearTimeout(timer);
      for (const n of names) target.removeEventListener(n, listeners[n]);
      resolve(name);
    };
    const listeners = Object.fromEntries(names.map((name) => [name, () => done(name)]));
    for (const name of names) target.addEventListener(name, listeners[name]);
    const timer = setTimeout(() => done(''), ms);
  });
}

const small = [96, 54];
function smallGrey(source, context) {
  context.drawImage(source, 0, 0, ...small);
  const rgba = context.getImageData(0, 0, ...small).data;
  const grey = new Float32Array(small[0] * small[1]);
  for (let i = 0; i < grey.length; ++i)
    grey[i] = 0.3 * rgba[4 * i] + 0.59 * rgba[4 * i + 1] + 0.11 * rgba[4 * i + 2];
  return grey;
}

// Mean absolute difference of two small grey pictures, without what is due to brightness as a
// whole.
function distance(a, b) {
  let mean = 0;
  for (let i = 0; i < a.length; ++i) mean += a[i] - b[i];
  mean /= a.length;
  let sum = 0;
  for (let i = 0; i < a.length; ++i) sum += Math.abs(a[i] - b[i] - mean);
  return sum / a.length;
}

// How many frames the browser is off, from distances {offset: distance}: 0 where the picture hardly
// changes, null where nothing is like the picture that the browser shows.
export function offsetOf(distances) {
  const offsets = Object.keys(distances).map(Number);
  const best = offsets.reduce((a, b) => (distances[b] < distances[a] ? b : a));
  if (distances[best] > 24) return null;
  return distances[0] <= 1.25 * distances[best] + 0.4 ? 0 : best;
}

export class BrowserPlayer {
  constructor(video, times) {
    this.video = video;
    this.times = times;
    this.shift = 0;
    this.running = false;
  }

  // The frame that the player holds now, as {source, frame}: the time stamp of the very picture
  // where the browser tells it, else the time of the last callback.
  #held(mediaTime) {
    if (typeof VideoFrame === 'function') {
      try {
        const source = new VideoFrame(this.video);
        return {
          source,
          frame: this.times.nearest(source.timestamp / 1e6 + this.shift),
          seconds: source.timestamp / 1e6,
        };
      } catch {
        // Some builds refuse frames of some decoders; the video itself can still be drawn.
      }
    }
    return {
      source: this.video,
      frame: this.times.nearest(mediaTime + this.shift),
      seconds: mediaTime,
    };
  }

  #nextTime(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(this.video.currentTime), ms);
      if (this.video.requestVideoFrameCallback)
        this.video.requestVideoFrameCallback((_, data) => {
          clearTimeout(timer);
          resolve(data.mediaTime);
        });
    });
  }

  async #seek(seconds) {
    const next = this.#nextTime(700);
    const seeked = event(this.video, ['seeked', 'error'], 4000);
    this.video.currentTime = Math.max(0, seconds);
    await seeked;
    return next;
  }

  // Loads the video and compares its frames with the server's. '' or why the browser is not used.
  // picture(frame): promise of what a canvas can draw; count: frames of the video.
  async prepare(url, picture, count) {
    const {video, times} = this;
    if (!video.requestVideoFrameCallback) return 'this browser does not say which frame it shows';
    if (count < 2) return 'there is one frame only';
    // Of frames with one time nobody can say which one a browser shows.
    if (!distinct(times, count, 0.0005)) return 'frames of this video have the same time';
    const loaded = event(video, ['loadeddata', 'error'], 8000);
    video.src = url;
    video.load();
    if ((await loaded) !== 'loadeddata') return 'the browser does not play this kind of file';
    if (video.videoWidth === 0) return 'the browser shows no picture for this file';
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = small;
    const context = canvas.getContext('2d', {willReadFrequently: true});
    let held = this.#held(await this.#nextTime(300));
    this.#release(held);
    // What is shown after loading is the first frame. Its time differs from ours where a file does
    // not begin at 0: browsers count from 0, ours are from the first frame.
    if (Math.abs(times.of(1) - held.seconds) > times.step / 2)
      this.shift = times.of(1) - held.seconds;
    let corrected = false;
    const shares = [0.15, 0.5, 0.8];
    for (let i = 0; i < shares.length; ++i) {
      const share = shares[i];
      const wanted = Math.min(count, Math.max(1, Math.round(share * count)));
      const mediaTime = await this.#seek(times.middle(wanted) - this.shift);
      held = this.#held(mediaTime);
      let shown;
      try {
        shown = smallGrey(held.source, context);
      } catch {
        return 'the browser does not give its picture away';
      } finally {
        this.#release(held);
      }
      const distances = {};
      for (let d = -2; d <= 2; ++d) {
        const frame = held.frame + d;
        if (frame < 1 || frame > count) continue;
        distances[d] = distance(shown, smallGrey(await picture(frame), context));
      }
      const off = offsetOf(distances);
      if (off === null) return 'the browser shows another picture than the frame of the file';
      if (off === 0) continue;
      // Frames that are off by the same all over the video belong to other times only: tried once.
      if (corrected)
        return `the browser is ${Math.abs(off)} ${Math.abs(off) === 1 ? 'frame' : 'frames'} off`;
      corrected = true;
      this.shift += times.of(held.frame + off) - times.of(held.frame);
      i = -1;
    }
    return '';
  }

  #release(held) {
    if (held.source !== this.video) held.source.close();
  }

  // onFrame(frame, source); onEnd() when the video is over. Throws if the browser does not start.
  async start(frame, speed, onFrame, onEnd) {
    const {video} = this;
    this.running = true;
    video.playbackRate = speed;
    await this.#seek(this.times.middle(frame) - this.shift);
    if (!this.running) return;
    video.onended = () => {
      if (this.running) onEnd();
    };
    const turn = (mediaTime) => {
      if (!this.running) return;
      const held = this.#held(mediaTime);
      try {
        onFrame(held.frame, held.source);
      } finally {
        this.#release(held);
      }
      video.requestVideoFrameCallback((_, data) => turn(data.mediaTime));
    };
    video.requestVideoFrameCallback((_, data) => turn(data.mediaTime));
    await video.play();
  }

  setSpeed(speed) {
    this.video.playbackRate = speed;
  }

  stop() {
    this.running = false;
    this.video.onended = null;
    this.video.pause();
  }
}

export class FramePlayer {
  // picture(frame): promise of what a canvas can draw, remembered by its maker.
  constructor(times, picture) {
    this.times = times;
    this.picture = picture;
    this.running = false;
    this.rate = 0;
  }

  // onFrame(frame, source, {shown, wanted}) with frames per second shown and wanted.
  async start(frame, speed, onFrame, onEnd) {
    this.running = true;
    this.speed = speed;
    let begun = performance.now();
    let origin = this.times.of(frame);
    this.rebase = () => {
      origin = this.times.of(this.at);
      begun = performance.now();
    };
    this.at = frame;
    const wanted = () => this.speed / this.times.step;
    let shownAt = [];
    while (this.running) {
      const now = performance.now();
      const due = this.times.at(origin + ((now - begun) / 1000) * this.speed + 1e-6);
      if (due >= this.times.count) {
        onFrame(this.times.count, await this.picture(this.times.count), {
          shown: this.rate,
          wanted: wanted(),
        });
        break;
      }
      if (due === this.at && shownAt.length > 0) {
        await pause(
          Math.max(
            1,
            Math.min(50, ((this.times.end(due) - origin) / this.speed) * 1000 - (now - begun)),
          ),
        );
        continue;
      }
      const stride = strideFor(1 / this.times.step, this.speed, this.rate);
      for (let i = 1; i <= 4; ++i)
        if (due + i * stride <= this.times.count) this.picture(due + i * stride).catch(() => {});
      const asked = performance.now();
      let source;
      try {
        source = await this.picture(due);
      } catch {
        source = null;
      }
      if (!this.running) return;
      this.at = due;
      const done = performance.now();
      // After a long wait (the first decode from a key frame) the clock goes on from the frame
      // shown.
      if (done - asked > 400) this.rebase();
      shownAt = [...shownAt.filter((t) => done - t < 1000), done];
      if (shownAt.length > 3) this.rate = ((shownAt.length - 1) * 1000) / (done - shownAt[0]);
      onFrame(due, source, {shown: this.rate, wanted: wanted()});
      await pause(0);
    }
    if (this.running) onEnd();
  }

  setSpeed(speed) {
    this.rebase?.();
    this.speed = speed;
  }

  stop() {
    this.running = false;
  }
}
