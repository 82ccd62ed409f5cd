// A table of results as the page asks for it, and the times of its frames.
import {Remembered, doubles, floats} from './server.js';
import {Times} from './times.js';
import {splitColumns, widthsOf} from './columns.js';
import {valuesPerFrame} from './overlay.js';

export const overlayBlock = 60; // frames that are asked for at a time
const mostAddress = 7500; // characters; the server takes 8192

export const query = (values) => new URLSearchParams(values).toString();

// One table: what is asked of the server for it.
export class Table {
  constructor(info) {
    this.info = info;
    this.path = `/api/results/${info.id}`;
    this.face = info.faces[0]?.id ?? 0;
    this.overlays = new Remembered(60, (key) => {
      const [face, block] = key.split(':').map(Number);
      const from = block * overlayBlock + 1;
      return floats(`${this.path}/overlay?${query({face, from, to: from + overlayBlock - 1})}`);
    });
    this.meshes = new Remembered(200, async (key) => {
      const [face, frame] = key.split(':').map(Number);
      return floats(`${this.path}/mesh?${query({face, frame})}`).catch((error) => {
        if (error.status === 404) return null;
        throw error;
      });
    });
    this.rowFrames = new Map();
  }

  columns(face, from, to, points, names, signal) {
    return floats(
      `${this.path}/columns?${query({face, names: names.join(','), from, to, points})}`,
      {signal},
    ).then((answer) => splitColumns(answer, names));
  }

  // The same of ranges of frames that are cut anyhow (columns.js). The names of a wide table go in
  // several requests: an address has a limit.
  async cut(face, edges, names, signal) {
    const widths = widthsOf(edges);
    const parts = [[]];
    let length = widths.length;
    for (const name of names) {
      length += encodeURIComponent(name).length + 3;
      if (length > mostAddress && parts.at(-1).length > 0) {
        parts.push([]);
        length = widths.length + encodeURIComponent(name).length + 3;
      }
      parts.at(-1).push(name);
    }
    const columns = await Promise.all(
      parts.map((part) =>
        floats(
          `${this.path}/columns?${query({face, names: part.join(','), from: edges[0], widths})}`,
          {signal},
        ).then((answer) => splitColumns(answer, part)),
      ),
    );
    return new Map(columns.flatMap((part) => [...part]));
  }

  overlayKey(face, frame) {
    return `${face}:${Math.floor((frame - 1) / overlayBlock)}`;
  }

  // The overlay's numbers of a frame if they are there, null where the table has none, undefined
  // where they are still to come.
  overlayNow(face, frame) {
    const block = this.overlays.now(this.overlayKey(face, frame));
    if (block === undefined) return undefined;
    const start = ((frame - 1) % overlayBlock) * valuesPerFrame;
    return start + valuesPerFrame <= block.length
      ? block.subarray(start, start + valuesPerFrame)
      : null;
  }

  // Frames and times of the rows of a face, interleaved.
  rows(face) {
    if (!this.rowFrames.has(face))
      this.rowFrames.set(face, doubles(`${this.path}/times?${query({face})}`));
    return this.rowFrames.get(face);
  }
}

// Times by frame from rows (frame, seconds); frames without a row lie evenly between their
// neighbours.
export function timesFromRows(rows, least) {
  const last = Math.max(least, rows.length > 0 ? rows[rows.length - 2] : 0);
  const times = new Float64Array(last).fill(NaN);
  for (let i = 0; i + 1 < rows.length; i += 2) if (rows[i] >= 1) times[rows[i] - 1] = rows[i + 1];
  let step = 1 / 30;
  if (rows.length >= 4 && rows[rows.length - 2] > rows[0])
    step = (rows[rows.length - 1] - rows[1]) / (rows[rows.length - 2] - rows[0]);
  let before = -1;
  for (let i = 0; i < last; ++i) {
    if (Number.isNaN(times[i])) continue;
    for (let j = before + 1; j < i; ++j)
      times[j] =
        before < 0
          ? times[i] - (i - j) * step
          : times[before] + ((times[i] - times[before]) * (j - before)) / (i - before);
    before = i;
  }
  for (let j = before + 1; j < last; ++j)
    times[j] = before < 0 ? j * step : times[before] + (j - before) * step;
  return new Times(times);
}

// Pictures of a folder have no times of their own; they are played at a steady rate.
export function setTimes(times, own, all, fps) {
  if (own && own.length > 0 && (own.length === 1 || own[own.length - 1] > own[0]))
    times.set(own, all);
  else times.set(Times.steady(all, fps || 30).times);
}
