// What `auriga live --view` sends, without a browser.

// Length of the JSON (4 bytes, little-endian), JSON, JPEG.
export function packetOf(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  if (4 + length > buffer.byteLength) throw new Error('a packet is cut short');
  const text = new TextDecoder().decode(new Uint8Array(buffer, 4, length));
  return {facts: JSON.parse(text), jpeg: new Blob([new Uint8Array(buffer, 4 + length)], {type: 'image/jpeg'})};
}

// The numbers of the last `length` seconds, ascending: {frame, time, face, intensities}.
export class Past {
  constructor(length) {
    this.length = length;
    this.moments = [];
  }

  // 0-based index of the last frame; -1: none.
  get last() {
    return this.moments.length > 0 ? this.moments[this.moments.length - 1].frame - 1 : -1;
  }

  add(moments) {
    for (const moment of moments) if (moment.frame - 1 > this.last) this.moments.push(moment);
    const end = this.moments.length > 0 ? this.moments[this.moments.length - 1].time : 0;
    let gone = 0;
    while (this.moments[gone]?.time < end - this.length) ++gone;
    if (gone > 0) this.moments.splice(0, gone);
  }

  addPacket({frame, time, faces}) {
    this.add([{frame, time, face: faces.length > 0, intensities: faces[0]?.intensities ?? []}]);
  }
}
