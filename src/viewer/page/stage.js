// The picture of a frame and what is drawn over it, zoomed and moved. Picture and overlay are drawn
// in one go and for one frame only; `data-frame` of both says for which.
import {el} from './dom.js';
import {drawShapes, nameAnchor} from './overlay.js';

const closest = 1;
const farthest = 24;

export class Stage {
  // size: {width, height} of the video in pixels as it is shown.
  constructor(size, label) {
    this.size = size;
    this.zoom = 1;
    this.centre = [size.width / 2, size.height / 2];
    this.source = null;
    this.layers = [];
    this.frame = 0;
    this.video = el('video', {
      class: 'player',
      preload: 'auto',
      playsinline: true,
      tabindex: '-1',
      'aria-hidden': 'true',
    });
    this.picture = el('canvas', {class: 'picture', role: 'img', 'aria-label': label});
    this.overlay = el('canvas', {class: 'overlay', 'aria-hidden': 'true'});
    this.message = el('p', {class: 'over', hidden: true});
    this.element = el(
      'div',
      {
        class: 'stage',
        tabindex: '0',
        role: 'group',
        'aria-label': 'Picture. Z zooms in, Shift+Z out, W A S D move it.',
      },
      this.video,
      this.picture,
      this.overlay,
      this.message,
    );
    this.observer = new ResizeObserver(() => this.#resize());
    this.observer.observe(this.element);
    this.element.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        this.zoomBy(
          Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.03 : 0.0015)),
          this.#inPicture(event),
        );
      },
      {passive: false},
    );
    this.element.addEventListener('dblclick', () => this.reset());
    this.element.addEventListener('pointerdown', (event) => this.#drag(event));
  }

  close() {
    this.observer.disconnect();
    this.video.removeAttribute('src');
    this.video.load();
  }

  #resize() {
    const ratio = devicePixelRatio || 1;
    const width = Math.max(1, Math.round(this.element.clientWidth * ratio));
    const height = Math.max(1, Math.round(this.element.clientHeight * ratio));
    if (width === this.picture.width && height === this.picture.height) return;
    // Changing the size of a canvas clears it; a picture that cannot be drawn again is taken over.
    const kept = this.source
      ? null
      : el('canvas', {width: this.picture.width, height: this.picture.height});
    kept?.getContext('2d').drawImage(this.picture, 0, 0);
    const before = this.view;
    for (const canvas of [this.picture, this.overlay]) {
      canvas.width = width;
      canvas.height = height;
    }
    if (kept) {
      const now = this.view;
      const scale = now.scale / before.scale;
      this.picture
        .getContext('2d')
        .setTransform(scale, 0, 0, scale, now.x - before.x * scale, now.y - before.y * scale);
      this.picture.getContext('2d').drawImage(kept, 0, 0);
    }
    this.draw();
  }

  // How a point of the picture comes to the canvas: p * scale + (x, y).
  get view() {
    const {width, height} = this.picture;
    const scale = Math.min(width / this.size.width, height / this.size.height) * this.zoom;
    return {scale, x: width / 2 - this.centre[0] * scale, y: height / 2 - this.centre[1] * scale};
  }

  #inPicture(event) {
    const box = this.element.getBoundingClientRect();
    const ratio = this.picture.width / Math.max(1, box.width);
    const view = this.view;
    return [
      ((event.clientX - box.left) * ratio - view.x) / view.scale,
      ((event.clientY - box.top) * ratio - view.y) / view.scale,
    ];
  }

  zoomBy(factor, around = this.centre) {
    const zoom = Math.min(farthest, Math.max(closest, this.zoom * factor));
    const kept = this.zoom / zoom;
    this.centre = [0, 1].map((i) => around[i] + (this.centre[i] - around[i]) * kept);
    this.zoom = zoom;
    this.#keepInside();
    this.draw();
  }

  // dx, dy: shares of what is visible.
  moveBy(dx, dy) {
    this.centre = [
      this.centre[0] + (dx * this.size.width) / this.zoom,
      this.centre[1] + (dy * this.size.height) / this.zoom,
    ];
    this.#keepInside();
    this.draw();
  }

  reset() {
    this.zoom = 1;
    this.#keepInside();
    this.draw();
  }

  #keepInside() {
    const sizes = [this.size.width, this.size.height];
    this.centre = this.centre.map((c, i) => {
      const half = sizes[i] / this.zoom / 2;
      return Math.min(sizes[i] - half, Math.max(half, c));
    });
  }

  #drag(event) {
    if (event.button !== 0) return;
    this.element.setPointerCapture(event.pointerId);
    let [x, y] = [event.clientX, event.clientY];
    const move = (moved) => {
      const scale = this.view.scale / (devicePixelRatio || 1);
      this.centre = [
        this.centre[0] - (moved.clientX - x) / scale,
        this.centre[1] - (moved.clientY - y) / scale,
      ];
      [x, y] = [moved.clientX, moved.clientY];
      this.#keepInside();
      this.draw();
    };
    const end = () => {
      this.element.removeEventListener('pointermove', move);
      this.element.removeEventListener('pointerup', end);
      this.element.removeEventListener('pointercancel', end);
    };
    this.element.addEventListener('pointermove', move);
    this.element.addEventListener('pointerup', end);
    this.element.addEventListener('pointercancel', end);
  }

  // source: what a canvas can draw (an ImageBitmap, a VideoFrame, a video), null for none.
  // layers: [{shapes, name, colour, values, frame}], one for each face.
  // A VideoFrame is closed by its player: `keep` false means that the source is not drawn again.
  show(frame, source, layers, keep = true) {
    this.frame = frame;
    this.layers = layers;
    this.source = source;
    this.draw();
    if (!keep) this.source = null;
  }

  say(text) {
    this.message.hidden = text === '';
    this.message.textContent = text;
  }

  draw() {
    const ratio = devicePixelRatio || 1;
    const {width, height} = this.picture;
    const view = this.view;
    if (this.source) {
      const context = this.picture.getContext('2d');
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, width, height);
      context.imageSmoothingEnabled = view.scale < 3;
      context.imageSmoothingQuality = 'high';
      context.drawImage(
        this.source,
        view.x,
        view.y,
        this.size.width * view.scale,
        this.size.height * view.scale,
      );
      this.picture.dataset.frame = String(this.frame);
    }
    const context = this.overlay.getContext('2d');
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    for (const layer of this.layers) {
      drawShapes(context, layer.shapes, view, ratio);
      const anchor = layer.name ? nameAnchor(layer.values) : null;
      if (!anchor) continue;
      context.font = `600 ${12 * ratio}px system-ui, sans-serif`;
      context.lineWidth = 3 * ratio;
      context.strokeStyle = 'rgba(0,0,0,.6)';
      context.fillStyle = layer.colour;
      const x = anchor[0] * view.scale + view.x;
      const y = Math.max(14 * ratio, anchor[1] * view.scale + view.y - 6 * ratio);
      context.strokeText(layer.name, x, y);
      context.fillText(layer.name, x, y);
    }
    this.overlay.dataset.frame = this.layers.length > 0 ? String(this.layers[0].frame) : '';
    this.element.dataset.view = [view.scale, view.x, view.y].join(' ');
  }

  // The picture and the overlay in the size of the video, for export.
  whole() {
    const canvas = el('canvas', {width: this.size.width, height: this.size.height});
    const context = canvas.getContext('2d');
    if (this.source) context.drawImage(this.source, 0, 0, this.size.width, this.size.height);
    return {canvas, context};
  }
}
