// Rows over time with a cursor that is the frame of the picture. A plot is drawn when the window or
// the data change; the cursor is one element above all of them, so that it moves at no cost.
import uPlot from '/page/uplot.js';
import {button, closes, colour, el} from './dom.js';
import {
  absentRanges,
  differences,
  extent,
  frameOfPair,
  placed,
  presentRanges,
  zoomed,
} from './columns.js';
import {clock, count as grouped, tickStep} from './format.js';
import {groupNames, valueText} from './rows.js';

const rowHeight = 36;
const mostPoints = 1600;

const withGaps = (values) => Array.from(values, (value) => (Number.isNaN(value) ? null : value));

export class Timeline extends EventTarget {
  // rows: rowsOf(); count: frames; times: Times; timed: whether times are seconds; load(from, to,
  // points, names, signal): promise of {name: {low, high}}; events() -> events of the chosen unit.
  // Fires 'frame' {detail}, 'select' {detail}, 'row' {detail}, 'mark' {detail}.
  constructor({rows, count, times, timed, load, compared = false}) {
    super();
    Object.assign(this, {rows, count, times, timed, load, compared});
    this.window = {from: 1, to: count};
    this.frame = 1;
    this.selection = null;
    this.marks = [];
    this.events = [];
    this.chosen = rows.find((row) => row.unit)?.key ?? rows[0]?.key ?? '';
    this.threshold = 0.5;
    this.plots = new Map();
    this.ranges = new Map();
    this.data = null;
    this.#build();
  }

  #build() {
    this.ruler = el('canvas', {class: 'ruler', 'aria-hidden': 'true'});
    this.cursor = el('div', {
      class: 'cursor',
      role: 'slider',
      tabindex: '0',
      'aria-label': 'Frame',
      'aria-orientation': 'horizontal',
      'aria-valuemin': '1',
      'aria-valuemax': String(this.count),
      'aria-valuenow': '1',
    });
    this.selected = el('div', {class: 'selected', hidden: true});
    this.marksLayer = el('div', {class: 'marks-layer', 'aria-hidden': 'true'});
    this.layer = el('div', {class: 'layer'}, this.selected, this.marksLayer, this.cursor);
    this.list = el('div', {
      class: 'rows',
      role: 'group',
      'aria-label': 'Rows: up and down choose one',
    });
    this.rulerRow = el(
      'div',
      {class: 'row ruler-row'},
      el('div', {class: 'corner', text: this.timed ? 'Time, frame' : 'Frame'}),
      el('div', {class: 'plot'}, this.ruler),
      el('div', {class: 'value'}),
    );
    this.scroll = el(
      'div',
      {class: 'timeline-scroll'},
      el(
        'div',
        {class: 'timeline-inner'},
        this.rulerRow,
        el(
          'div',
          {class: 'row marks-row'},
          el('div', {class: 'corner', text: 'Marks'}),
          el('div', {class: 'plot'}),
          el('div', {class: 'value'}),
        ),
        this.list,
        this.layer,
      ),
    );
    this.overview = el('canvas', {class: 'overview', 'aria-hidden': 'true'});
    this.menu = el(
      'details',
      {class: 'menu'},
      el('summary', {text: 'Rows'}),
      el('div', {class: 'menu-body'}),
    );
    this.zoomText = el('span', {class: 'quiet range-text'});
    this.bar = el(
      'div',
      {class: 'timeline-bar'},
      button('−', () => this.zoomBy(2), {
        'aria-label': 'Show more time',
        title: 'Show more time (-)',
        class: 'square',
      }),
      button('+', () => this.zoomBy(0.5), {
        'aria-label': 'Show less time',
        title: 'Show less time (+)',
        class: 'square',
      }),
      button('All', () => this.fit(), {title: 'Show all (0)'}),
      this.menu,
      this.overview,
      this.zoomText,
    );
    this.element = el(
      'section',
      {class: 'timeline', 'aria-label': 'Timeline', data: {frame: '1'}},
      this.bar,
      this.scroll,
    );
    this.#fillMenu();
    this.#makeRows();
    this.#listen();
    this.observer = new ResizeObserver(() => this.#resized());
    this.observer.observe(this.layer);
  }

  #fillMenu() {
    const body = this.menu.lastChild;
    body.replaceChildren();
    const groups = new Map();
    for (const row of this.rows) groups.set(row.group, [...(groups.get(row.group) ?? []), row]);
    for (const [group, rows] of groups) {
      const boxes = rows.map((row) =>
        el(
          'label',
          {},
          el('input', {
            type: 'checkbox',
            checked: row.shown,
            on: {
              change: (event) => {
                row.shown = event.target.checked;
                this.#makeRows();
                this.reload();
              },
            },
          }),
          row.label,
          el('span', {class: 'quiet', text: row.meaning}),
        ),
      );
      const all =
        rows.length > 2 &&
        button(
          rows.every((row) => row.shown) ? 'none' : 'all',
          () => {
            const shown = !rows.every((row) => row.shown);
            for (const row of rows) row.shown = shown;
            this.#fillMenu();
            this.#makeRows();
            this.reload();
          },
          {class: 'link', 'aria-label': `${groupNames[group]}: all or none`},
        );
      body.append(el('fieldset', {}, el('legend', {}, groupNames[group], all || null), boxes));
    }
  }

  get shownRows() {
    return this.rows.filter((row) => row.shown);
  }

  #makeRows() {
    for (const plot of this.plots.values()) plot.destroy();
    this.plots.clear();
    this.list.replaceChildren();
    for (const row of this.shownRows) {
      row.place = el('div', {class: 'plot'});
      row.value = el('div', {class: 'value'});
      row.button = el(
        'button',
        {
          type: 'button',
          class: 'row-label',
          'aria-pressed': String(row.key === this.chosen),
          title: row.meaning,
          on: {click: () => this.dispatchEvent(new CustomEvent('row', {detail: row.key}))},
        },
        el('b', {text: row.label}),
        el('span', {text: row.meaning}),
      );
      row.element = el(
        'div',
        {class: 'row' + (row.key === this.chosen ? ' chosen' : ''), data: {row: row.key}},
        row.button,
        row.place,
        row.value,
      );
      this.list.append(row.element);
    }
    this.#makePlots();
  }

  curveColours(row) {
    if (this.compared)
      return row.curves.map((name) => colour(name.startsWith('B:') ? 'curve-b' : 'curve-a'));
    return row.curves.map((_, i) =>
      colour(row.curves.length === 1 ? 'curve' : ['curve-x', 'curve-y', 'curve-z'][i % 3]),
    );
  }

  #makePlots() {
    const width = this.layer.clientWidth;
    if (width < 20) return;
    for (const row of this.shownRows) {
      const colours = this.curveColours(row);
      const series = [{}];
      const bands = [];
      row.curves.forEach((_, i) => {
        const line = {stroke: colours[i], width: 1.25, scale: 'y', points: {size: 4}};
        series.push({...line}, {...line, points: {show: false}});
        bands.push({
          series: [2 * i + 1, 2 * i + 2],
          fill: colours[i].replace('rgb(', 'rgba(').replace(')', ', .28)'),
        });
      });
      const plot = new uPlot(
        {
          width,
          height: rowHeight - 1,
          padding: [3, 0, 6, 0],
          legend: {show: false},
          cursor: {show: false},
          select: {show: false},
          axes: [{show: false}, {show: false}],
          scales: {
            x: {time: false, range: () => [this.window.from - 0.5, this.window.to + 0.5]},
            y: {range: () => this.rangeOf(row)},
          },
          series,
          bands,
          hooks: {drawClear: [(u) => this.#ground(u, row)], draw: [(u) => this.#bars(u, row)]},
        },
        this.#dataOf(row),
        row.place,
      );
      this.plots.set(row.key, plot);
    }
    this.#drawRuler();
    this.#drawOverview();
    this.#place();
  }

  rangeOf(row) {
    if (row.range) return row.range;
    const [low, high] = this.ranges.get(row.key) ?? [0, 1];
    const margin = low === high ? Math.max(0.5, Math.abs(low) * 0.1) : 0.05 * (high - low);
    return [low - margin, high + margin];
  }

  #dataOf(row) {
    const empty = [[], ...row.curves.flatMap(() => [[], []])];
    if (!this.data) return empty;
    const {from, to, columns} = this.data;
    const points =
      row.curves.map((name) => columns.get(name)?.high.length ?? 0).find((n) => n > 0) ?? 0;
    if (points === 0) return empty;
    const nothing = new Array(points).fill(null);
    const xs = Array.from({length: points}, (_, i) => frameOfPair(i, points, from, to));
    return [
      xs,
      ...row.curves.flatMap((name) => {
        const column = columns.get(name);
        return column ? [withGaps(column.high), withGaps(column.low)] : [nothing, nothing];
      }),
    ];
  }

  // Behind the curves: where two tables differ.
  #ground(u, row) {
    if (!this.compared || !this.data || !row.pairs) return;
    const context = u.ctx;
    context.save();
    context.fillStyle = colour('difference');
    for (const range of this.rowDifferences(row)) {
      const x = u.valToPos(range.start, 'x', true);
      context.fillRect(
        x,
        u.bbox.top,
        Math.max(1, u.valToPos(range.end, 'x', true) - x),
        u.bbox.height,
      );
    }
    context.restore();
  }

  rowDifferences(row) {
    const {from, to, columns} = this.data;
    const ranges = [];
    for (const [a, b] of row.pairs)
      if (columns.has(a) && columns.has(b)) {
        const scale = row.range
          ? 1
          : Math.max(1e-9, (this.rangeOf(row)[1] - this.rangeOf(row)[0]) / 5);
        ranges.push(
          ...differences(columns.get(a), columns.get(b), from, to, this.threshold * scale),
        );
      }
    return ranges;
  }

  // Below the curves: presence.
  #bars(u, row) {
    if (!this.data) return;
    const context = u.ctx;
    const ratio = devicePixelRatio || 1;
    context.save();
    [row.bar, row.otherBar].forEach((name, i) => {
      const column = name && this.data.columns.get(name);
      if (!column) return;
      context.fillStyle = this.compared
        ? colour(i === 0 ? 'curve-a' : 'curve-b')
        : colour(row.group === 'state' ? 'followed' : 'present');
      const fill = (ranges) => {
        for (const range of ranges) {
          const x = Math.max(0, u.valToPos(range.start, 'x', true));
          const end = Math.min(u.ctx.canvas.width, u.valToPos(range.end, 'x', true));
          if (end > 0)
            context.fillRect(
              x,
              u.ctx.canvas.height - (i + 1) * 3 * ratio - 1,
              Math.max(1, end - x),
              3 * ratio,
            );
        }
      };
      fill(presentRanges(column, this.data.from, this.data.to));
      if (row.group !== 'state' || this.compared) return;
      context.fillStyle = colour('bad');
      fill(absentRanges(column, this.data.from, this.data.to));
    });
    context.restore();
  }

  #listen() {
    const frameAt = (event) => {
      const box = this.layer.getBoundingClientRect();
      const share = (event.clientX - box.left) / Math.max(1, box.width);
      const {from, to} = this.window;
      return Math.min(this.count, Math.max(1, Math.round(from - 0.5 + share * (to - from + 1))));
    };
    this.layer.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || event.target.classList.contains('mark')) return;
      this.layer.setPointerCapture(event.pointerId);
      const rulerBox = this.rulerRow.getBoundingClientRect();
      const selecting = event.shiftKey || event.clientY < rulerBox.bottom;
      const anchor = frameAt(event);
      let moved = false;
      if (!selecting) this.dispatchEvent(new CustomEvent('frame', {detail: anchor}));
      const move = (e) => {
        const frame = frameAt(e);
        if (Math.abs(e.clientX - event.clientX) > 3) moved = true;
        if (selecting && moved)
          this.dispatchEvent(
            new CustomEvent('select', {
              detail: {from: Math.min(anchor, frame), to: Math.max(anchor, frame)},
            }),
          );
        else if (!selecting) this.dispatchEvent(new CustomEvent('frame', {detail: frame}));
      };
      const end = () => {
        this.layer.removeEventListener('pointermove', move);
        this.layer.removeEventListener('pointerup', end);
        this.layer.removeEventListener('pointercancel', end);
        if (selecting && !moved) this.dispatchEvent(new CustomEvent('frame', {detail: anchor}));
      };
      this.layer.addEventListener('pointermove', move);
      this.layer.addEventListener('pointerup', end);
      this.layer.addEventListener('pointercancel', end);
    });
    this.layer.addEventListener(
      'wheel',
      (event) => {
        if (event.ctrlKey || event.altKey) {
          event.preventDefault();
          this.setWindow(
            zoomed(this.window, Math.exp(event.deltaY * 0.003), frameAt(event), this.count),
          );
        } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
          event.preventDefault();
          this.pan((event.deltaX || event.deltaY) / Math.max(1, this.layer.clientWidth));
        }
      },
      {passive: false},
    );
    this.overview.addEventListener('pointerdown', (event) => {
      this.overview.setPointerCapture(event.pointerId);
      const move = (e) => {
        const box = this.overview.getBoundingClientRect();
        const middle = ((e.clientX - box.left) / box.width) * this.count;
        const width = this.window.to - this.window.from + 1;
        this.setWindow(placed(Math.round(middle - width / 2), width, this.count));
      };
      move(event);
      this.overview.addEventListener('pointermove', move);
      this.overview.addEventListener(
        'pointerup',
        () => this.overview.removeEventListener('pointermove', move),
        {once: true},
      );
    });
    closes(this.menu);
  }

  close() {
    this.observer.disconnect();
    this.request?.abort();
    for (const plot of this.plots.values()) plot.destroy();
  }

  #resized() {
    const width = this.layer.clientWidth;
    if (width === this.width) return;
    this.width = width;
    if (this.plots.size === 0) this.#makePlots();
    for (const plot of this.plots.values()) plot.setSize({width, height: rowHeight - 1});
    this.#drawRuler();
    this.#drawOverview();
    this.#place();
    this.reload();
  }

  // Colours of the theme are read when plots are made.
  restyle() {
    this.#makeRows();
    this.setValues(this.values ?? new Map(), this.valuesFrame ?? 0);
  }

  // Asks for the data of the window; what is there is stretched until they come.
  reload() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#load(), 20);
  }

  async #load() {
    this.request?.abort();
    const request = (this.request = new AbortController());
    const {from, to} = this.window;
    const names = [
      ...new Set(
        this.shownRows.flatMap((row) => [...row.curves, row.bar, row.otherBar]).filter(Boolean),
      ),
    ];
    const points = Math.min(mostPoints, to - from + 1, Math.max(50, this.layer.clientWidth));
    if (names.length === 0 || this.layer.clientWidth < 20) return;
    try {
      const columns = await this.load(from, to, points, names, request.signal);
      if (request.signal.aborted) return;
      this.data = {from, to, columns};
      for (const row of this.rows) {
        if (row.range || !row.shown) continue;
        const found = extent(
          row.curves.filter((name) => columns.has(name)).map((name) => columns.get(name)),
        );
        const known = this.ranges.get(row.key);
        // The range of all that was seen, so that rows do not jump while one moves along.
        if (found)
          this.ranges.set(
            row.key,
            known ? [Math.min(known[0], found[0]), Math.max(known[1], found[1])] : found,
          );
      }
      this.#redraw(true);
      this.element.dataset.loaded = `${from}-${to}`;
      this.dispatchEvent(new Event('loaded'));
    } catch (error) {
      if (!request.signal.aborted) this.dispatchEvent(new CustomEvent('trouble', {detail: error}));
    }
  }

  #redraw(withData = false) {
    for (const row of this.shownRows) {
      const plot = this.plots.get(row.key);
      if (!plot) continue;
      if (withData) plot.setData(this.#dataOf(row));
      else plot.setScale('x', {min: this.window.from - 0.5, max: this.window.to + 0.5});
    }
    this.#drawRuler();
    this.#drawOverview();
    this.#place();
  }

  redraw() {
    this.#redraw(true);
  }

  setWindow(window) {
    if (window.from === this.window.from && window.to === this.window.to) return;
    this.window = window;
    this.#redraw();
    this.reload();
  }

  zoomBy(factor) {
    const {from, to} = this.window;
    const around = this.frame >= from && this.frame <= to ? this.frame : (from + to) / 2;
    this.setWindow(zoomed(this.window, factor, around, this.count));
  }

  // The number of frames became known.
  setCount(count) {
    if (count === this.count) return;
    const all = this.window.from === 1 && this.window.to === this.count;
    this.count = count;
    this.cursor.setAttribute('aria-valuemax', String(count));
    this.setWindow(
      all
        ? {from: 1, to: count}
        : placed(this.window.from, Math.min(count, this.window.to - this.window.from + 1), count),
    );
    this.#drawOverview();
  }

  fit() {
    this.setWindow({from: 1, to: this.count});
  }

  // share: of the window's width.
  pan(share) {
    const width = this.window.to - this.window.from + 1;
    const step = Math.sign(share) * Math.max(1, Math.round(Math.abs(share) * width));
    this.setWindow(placed(this.window.from + step, width, this.count));
  }

  x(frame) {
    return (
      ((frame - this.window.from + 0.5) / (this.window.to - this.window.from + 1)) *
      this.layer.clientWidth
    );
  }

  setFrame(frame) {
    this.frame = frame;
    const {from, to} = this.window;
    if (frame < from || frame > to) {
      const width = to - from + 1;
      const near = frame === to + 1 || frame === from - 1;
      this.setWindow(
        placed(
          near && frame > to ? frame - Math.round(0.1 * width) : frame - Math.round(width / 2),
          width,
          this.count,
        ),
      );
    }
    this.cursor.style.transform = `translateX(${this.x(frame)}px)`;
    this.cursor.setAttribute('aria-valuenow', String(frame));
    this.element.dataset.frame = String(frame);
  }

  setSelection(selection) {
    this.selection = selection;
    this.#place();
  }

  setMarks(marks) {
    this.marks = marks;
    this.#place();
    this.#drawOverview();
  }

  setEvents(events) {
    this.events = events;
    this.#drawOverview();
  }

  choose(key) {
    this.chosen = key;
    for (const row of this.shownRows) {
      row.element.classList.toggle('chosen', row.key === key);
      row.button.setAttribute('aria-pressed', String(row.key === key));
      if (row.key === key) row.element.scrollIntoView({block: 'nearest'});
    }
  }

  // Numbers of the rows at the cursor; frame 0: not known yet.
  setValues(values, frame) {
    this.values = values;
    this.valuesFrame = frame;
    for (const row of this.shownRows)
      row.value.textContent = frame === 0 ? '' : valueText(row, values);
    this.element.dataset.values = String(frame);
    const row = this.rows.find((r) => r.key === this.chosen);
    const time = this.timed ? `, ${clock(this.times.of(this.frame))}` : '';
    this.cursor.setAttribute(
      'aria-valuetext',
      `frame ${this.frame}${time}` +
        (row && frame !== 0 ? `, ${row.label} ${valueText(row, values)}` : ''),
    );
  }

  #place() {
    this.cursor.style.transform = `translateX(${this.x(this.frame)}px)`;
    const edges = (first, last) => {
      const width = this.layer.clientWidth;
      const left = Math.max(-2, this.x(first - 0.5));
      const right = Math.min(width + 2, this.x(last + 0.5));
      return right < 0 || left > width ? null : [left, right];
    };
    const selected = this.selection && edges(this.selection.from, this.selection.to);
    this.selected.hidden = !selected;
    if (selected) {
      this.selected.style.left = `${selected[0]}px`;
      this.selected.style.width = `${selected[1] - selected[0]}px`;
    }
    this.marksLayer.replaceChildren(
      ...this.marks
        .map((mark, index) => {
          const place = edges(mark.first, mark.last);
          if (!place) return null;
          const chip = el('div', {
            class: `mark ${mark.kind}`,
            title: `${mark.kind}: ${mark.label}`,
            text: mark.label || mark.kind,
            on: {click: () => this.dispatchEvent(new CustomEvent('mark', {detail: index}))},
          });
          chip.style.left = `${place[0]}px`;
          chip.style.width = `${Math.max(3, place[1] - place[0])}px`;
          if (mark.kind !== 'exclude') return chip;
          const veil = el('div', {class: 'veil'});
          veil.style.left = chip.style.left;
          veil.style.width = chip.style.width;
          return [veil, chip];
        })
        .flat()
        .filter(Boolean),
    );
  }

  // Ticks as {x, text, line}: line 0 times, line 1 frames; x in pixels of the window's `width`.
  ticks(width) {
    const {from, to} = this.window;
    const scale = width / (to - from + 1);
    const x = (frame) => (frame - from + 0.5) * scale;
    const ticks = [];
    const wanted = Math.max(2, width / 110);
    if (this.timed) {
      const [start, end] = [this.times.of(from), this.times.end(to)];
      const step = Math.max(0.001, tickStep(end - start, wanted));
      const digits = step >= 1 ? 0 : step >= 0.1 ? 1 : step >= 0.01 ? 2 : 3;
      for (let i = Math.ceil(start / step - 1e-9); i * step <= end && ticks.length < 200; ++i) {
        const frame = this.times.at(i * step + 1e-9);
        const within =
          (i * step - this.times.of(frame)) /
          Math.max(1e-9, this.times.end(frame) - this.times.of(frame));
        ticks.push({
          x: x(frame - 0.5 + Math.min(1, Math.max(0, within))),
          text: clock(i * step, digits),
          line: 0,
        });
      }
    }
    const step = Math.max(1, tickStep(to - from + 1, wanted));
    for (let frame = Math.max(1, Math.ceil(from / step) * step); frame <= to; frame += step)
      ticks.push({x: x(frame), text: grouped(frame), line: 1});
    return ticks;
  }

  #drawRuler() {
    const ratio = devicePixelRatio || 1;
    const width = this.layer.clientWidth;
    const height = 32;
    if (width < 20) return;
    this.ruler.width = Math.round(width * ratio);
    this.ruler.height = Math.round(height * ratio);
    const context = this.ruler.getContext('2d');
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = '11px system-ui, sans-serif';
    context.textBaseline = 'middle';
    for (const tick of this.ticks(width)) {
      context.fillStyle = colour(tick.line === 0 ? 'text' : 'quiet');
      context.fillRect(tick.x, tick.line * 16 + 2, 1, 12);
      if (tick.x + context.measureText(tick.text).width + 4 < width)
        context.fillText(tick.text, tick.x + 4, tick.line * 16 + 8.5);
    }
    const {from, to} = this.window;
    this.zoomText.textContent = `frames ${grouped(from)} to ${grouped(to)} of ${grouped(this.count)}`;
  }

  // All of the video in one strip: the window, events of the chosen unit, excluded ranges.
  #drawOverview() {
    const ratio = devicePixelRatio || 1;
    const width = this.overview.clientWidth;
    const height = this.overview.clientHeight;
    if (width < 10) return;
    this.overview.width = Math.round(width * ratio);
    this.overview.height = Math.round(height * ratio);
    const context = this.overview.getContext('2d');
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const place = (frame) => ((frame - 1) / this.count) * width;
    context.fillStyle = colour('present');
    for (const event of this.events)
      context.fillRect(
        place(event.first),
        4,
        Math.max(1, place(event.last + 1) - place(event.first)),
        height - 8,
      );
    context.fillStyle = colour('veil');
    for (const mark of this.marks)
      if (mark.kind === 'exclude')
        context.fillRect(
          place(mark.first),
          0,
          Math.max(1, place(mark.last + 1) - place(mark.first)),
          height,
        );
    context.strokeStyle = colour('accent');
    context.lineWidth = 1.5;
    const left = place(this.window.from);
    context.strokeRect(
      left + 0.75,
      0.75,
      Math.max(3, place(this.window.to + 1) - left - 1.5),
      height - 1.5,
    );
  }
}
