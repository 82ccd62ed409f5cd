// Rows over time with a cursor that is the frame of the picture. A plot is drawn when the window or
// the data change; the cursor is one element above all of them, so that it moves at no cost.
import uPlot from '/page/uplot.js';
import {button, closes, colour, el} from './dom.js';
import {Axis, placed, zoomed} from './axis.js';
import {absentRanges, differences, extent, presentRanges} from './columns.js';
import {clock, count as grouped, tickStep} from './format.js';
import {groupNames, valueText} from './rows.js';

const rowHeight = 36;
// Of one request, whose address has a limit.
const mostPoints = 1600;
const leastFrames = 8;

const withGaps = (values) => Array.from(values, (value) => (Number.isNaN(value) ? null : value));

export class Timeline extends EventTarget {
  // rows: rowsOf(); count: frames; times: Times; timed: whether times are seconds; load(edges,
  // names, signal): promise of {name: {low, high}}; events() -> events of the chosen unit.
  // Fires 'frame' {detail}, 'select' {detail}, 'row' {detail}, 'mark' {detail}.
  constructor({rows, count, times, timed, load, compared = false}) {
    super();
    Object.assign(this, {rows, count, times, timed, load, compared});
    this.axis = new Axis(times, timed, count);
    // What is shown of the axis, in its units.
    this.window = this.axis.whole;
    // Kept, because times may become others below them: `whole`, or which frames are shown.
    this.whole = true;
    this.frames = {from: 1, to: count};
    // Whether what follows a frame does not touch it.
    this.apart = (frame) => this.axis.gapAfter(frame);
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
            x: {time: false, range: () => [this.window.start, this.window.end]},
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
    const {edges, columns, gaps} = this.data;
    if (!row.curves.some((name) => columns.has(name))) return empty;
    // A gap in time interrupts the curve, too.
    const xs = [];
    for (let i = 0; i + 1 < edges.length; ++i) {
      xs.push(this.middleOf(i));
      if (gaps.has(i)) xs.push(this.axis.end(edges[i + 1] - 1));
    }
    const nothing = new Array(xs.length).fill(null);
    const spread = (values) => {
      const numbers = withGaps(values);
      return gaps.size === 0
        ? numbers
        : numbers.flatMap((value, i) => (gaps.has(i) ? [value, null] : [value]));
    };
    return [
      xs,
      ...row.curves.flatMap((name) => {
        const column = columns.get(name);
        return column ? [spread(column.high), spread(column.low)] : [nothing, nothing];
      }),
    ];
  }

  // Where range i of the data is drawn.
  middleOf(i) {
    const {edges} = this.data;
    return (this.axis.begin(edges[i]) + this.axis.end(edges[i + 1] - 1)) / 2;
  }

  // Where frames {first, last} begin and end on the axis.
  span({first, last}) {
    return [this.axis.begin(first), this.axis.end(last)];
  }

  // Behind the curves: where two tables differ.
  #ground(u, row) {
    if (!this.compared || !this.data || !row.pairs) return;
    const context = u.ctx;
    context.save();
    context.fillStyle = colour('difference');
    for (const range of this.rowDifferences(row)) {
      const [x, end] = this.span(range).map((position) => u.valToPos(position, 'x', true));
      context.fillRect(x, u.bbox.top, Math.max(1, end - x), u.bbox.height);
    }
    context.restore();
  }

  rowDifferences(row) {
    const {edges, columns} = this.data;
    const ranges = [];
    for (const [a, b] of row.pairs)
      if (columns.has(a) && columns.has(b)) {
        const scale = row.range
          ? 1
          : Math.max(1e-9, (this.rangeOf(row)[1] - this.rangeOf(row)[0]) / 5);
        ranges.push(
          ...differences(
            columns.get(a),
            columns.get(b),
            edges,
            this.apart,
            this.threshold * scale,
          ),
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
          const [start, stop] = this.span(range).map((position) => u.valToPos(position, 'x', true));
          const x = Math.max(0, start);
          const end = Math.min(u.ctx.canvas.width, stop);
          if (end > 0)
            context.fillRect(
              x,
              u.ctx.canvas.height - (i + 1) * 3 * ratio - 1,
              Math.max(1, end - x),
              3 * ratio,
            );
        }
      };
      fill(presentRanges(column, this.data.edges, this.apart));
      if (row.group !== 'state' || this.compared) return;
      context.fillStyle = colour('bad');
      fill(absentRanges(column, this.data.edges, this.apart));
    });
    context.restore();
  }

  #listen() {
    const positionAt = (event) => {
      const box = this.layer.getBoundingClientRect();
      const share = (event.clientX - box.left) / Math.max(1, box.width);
      return this.window.start + share * (this.window.end - this.window.start);
    };
    const frameAt = (event) => this.axis.at(positionAt(event));
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
            this.#zoomed(Math.exp(event.deltaY * 0.003), positionAt(event)),
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
        const whole = this.axis.whole;
        const middle =
          whole.start + ((e.clientX - box.left) / box.width) * (whole.end - whole.start);
        const width = this.window.end - this.window.start;
        this.setWindow(placed(middle - width / 2, width, whole));
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
    const names = [
      ...new Set(
        this.shownRows.flatMap((row) => [...row.curves, row.bar, row.otherBar]).filter(Boolean),
      ),
    ];
    if (names.length === 0 || this.layer.clientWidth < 20) return;
    const edges = this.axis.edges(
      this.window,
      Math.min(mostPoints, Math.max(50, this.layer.clientWidth)),
    );
    try {
      const columns = await this.load(edges, names, request.signal);
      if (request.signal.aborted) return;
      const gaps = new Set();
      for (let i = 0; i + 1 < edges.length; ++i)
        if (this.axis.gapAfter(edges[i + 1] - 1)) gaps.add(i);
      this.data = {edges, columns, gaps};
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
      this.element.dataset.loaded = `${edges[0]}-${edges.at(-1) - 1}`;
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
      else plot.setScale('x', {min: this.window.start, max: this.window.end});
    }
    this.#drawRuler();
    this.#drawOverview();
    this.#place();
  }

  redraw() {
    this.#redraw(true);
  }

  setWindow(window) {
    if (window.start === this.window.start && window.end === this.window.end) return;
    this.#take(window);
    this.#redraw();
    this.reload();
  }

  #take(window) {
    const whole = this.axis.whole;
    this.window = window;
    this.whole = window.start === whole.start && window.end === whole.end;
    this.frames = this.axis.frames(window);
  }

  // All of these frames, but some at least.
  showFrames(first, last) {
    const [start, end] = this.span({first, last});
    const width = Math.max(end - start, leastFrames * this.#step);
    this.setWindow(placed((start + end - width) / 2, width, this.axis.whole));
  }

  get #step() {
    return this.timed ? this.times.step : 1;
  }

  #zoomed(factor, around) {
    return zoomed(this.window, factor, around, this.axis.whole, leastFrames * this.#step);
  }

  #isInside(position) {
    return position >= this.window.start && position <= this.window.end;
  }

  zoomBy(factor) {
    const cursor = this.axis.middle(this.frame);
    const {start, end} = this.window;
    this.setWindow(this.#zoomed(factor, this.#isInside(cursor) ? cursor : (start + end) / 2));
  }

  // The number of frames became known, and their times: those that are shown stay.
  setCount(count) {
    this.count = count;
    this.axis.count = count;
    this.cursor.setAttribute('aria-valuemax', String(count));
    const {from, to} = this.frames;
    const [start, end] = this.span({first: Math.min(from, count), last: Math.min(to, count)});
    this.#take(this.whole ? this.axis.whole : {start, end});
    this.#redraw(true);
    this.reload();
  }

  fit() {
    this.setWindow(this.axis.whole);
  }

  // share: of the window's width.
  pan(share) {
    const {start, end} = this.window;
    this.setWindow(placed(start + share * (end - start), end - start, this.axis.whole));
  }

  // Pixels of a position on the axis.
  xOf(position) {
    const {start, end} = this.window;
    return ((position - start) / (end - start || 1)) * this.layer.clientWidth;
  }

  x(frame) {
    return this.xOf(this.axis.middle(frame));
  }

  setFrame(frame) {
    this.frame = frame;
    const cursor = this.axis.middle(frame);
    if (!this.#isInside(cursor)) {
      const width = this.window.end - this.window.start;
      // The next frame after those shown: as much as possible of what comes then.
      const goesOn = frame === this.frames.to + 1 || frame === this.frames.to;
      this.setWindow(placed(cursor - (goesOn ? 0.1 : 0.5) * width, width, this.axis.whole));
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
      const [start, end] = this.span({first, last});
      const left = Math.max(-2, this.xOf(start));
      const right = Math.min(width + 2, this.xOf(end));
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
    const {start, end} = this.window;
    const x = (position) => ((position - start) / (end - start || 1)) * width;
    const ticks = [];
    const wanted = Math.max(2, width / 110);
    if (this.timed) {
      const step = Math.max(0.001, tickStep(end - start, wanted));
      const digits = step >= 1 ? 0 : step >= 0.1 ? 1 : step >= 0.01 ? 2 : 3;
      for (let i = Math.ceil(start / step - 1e-9); i * step <= end && ticks.length < 200; ++i)
        ticks.push({x: x(i * step), text: clock(i * step, digits), line: 0});
    }
    // Where frames are further apart than elsewhere, there is room for fewer of their numbers.
    const {from, to} = this.frames;
    const step = Math.max(1, tickStep(to - from + 1, wanted));
    let free = -Infinity;
    for (let frame = Math.max(1, Math.ceil(from / step) * step); frame <= to; frame += step) {
      const at = x(this.axis.middle(frame));
      if (at < Math.max(0, free) || at > width) continue;
      ticks.push({x: at, text: grouped(frame), line: 1});
      free = at + 50;
    }
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
    const {from, to} = this.frames;
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
    const whole = this.axis.whole;
    const place = (position) =>
      ((position - whole.start) / (whole.end - whole.start || 1)) * width;
    const fill = (range, top) => {
      const [start, end] = this.span(range).map(place);
      context.fillRect(start, top, Math.max(1, end - start), height - 2 * top);
    };
    context.fillStyle = colour('present');
    for (const event of this.events) fill(event, 4);
    context.fillStyle = colour('veil');
    for (const mark of this.marks) if (mark.kind === 'exclude') fill(mark, 0);
    context.strokeStyle = colour('accent');
    context.lineWidth = 1.5;
    const left = place(this.window.start);
    context.strokeRect(
      left + 0.75,
      0.75,
      Math.max(3, place(this.window.end) - left - 1.5),
      height - 1.5,
    );
  }
}
