// How much two tables of one video differ, row by row, in the window of the timeline.
import {agreement} from './columns.js';
import {button, el} from './dom.js';
import {count, number} from './format.js';

export class ComparePanel {
  // timeline: the one whose rows have both tables' curves; go(frame) shows a frame.
  constructor({timeline, go}) {
    Object.assign(this, {timeline, go});
    this.threshold = el('input', {
      type: 'number',
      min: '0.05',
      max: '5',
      step: '0.05',
      value: String(timeline.threshold),
      id: 'threshold',
      on: {
        change: () => {
          timeline.threshold = Math.max(0.01, Number(this.threshold.value) || 0.5);
          timeline.redraw();
        },
      },
    });
    this.rows = el('tbody');
    this.note = el('p', {class: 'quiet'});
    const headings = ['Row', 'Mean', 'Largest', 'r'].map((text, i) =>
      el('th', {scope: 'col', class: i > 0 ? 'number' : '', text}),
    );
    this.body = el(
      'div',
      {},
      el(
        'p',
        {class: 'line'},
        el('label', {for: 'threshold', text: 'Marked where A and B differ by more than'}),
        this.threshold,
      ),
      el(
        'table',
        {class: 'list', 'aria-label': 'Differences'},
        el('thead', {}, el('tr', {}, headings)),
        this.rows,
      ),
      this.note,
    );
    timeline.addEventListener('loaded', () => this.fill());
  }

  #row(row, [a, b], {edges, columns}) {
    if (!columns.has(a) || !columns.has(b)) return null;
    const found = agreement(columns.get(a), columns.get(b));
    const frame =
      found.at < 0 ? 0 : Math.floor((edges[found.at] + edges[found.at + 1] - 1) / 2);
    const largest = number(found.largest, 3);
    const link = () =>
      button(largest, () => this.go(frame), {
        class: 'link',
        title: `frame ${frame}`,
        'aria-label': `${a}: largest difference ${largest} at frame ${frame}`,
      });
    return el(
      'tr',
      {class: row.key === this.timeline.chosen ? 'at' : ''},
      el('td', {text: a}),
      el('td', {class: 'number', text: number(found.mean, 3)}),
      el('td', {class: 'number'}, found.at >= 0 ? link() : '–'),
      el('td', {class: 'number', text: number(found.r, 3)}),
    );
  }

  fill() {
    const {data} = this.timeline;
    if (!data) return;
    const {edges} = data;
    const [from, to] = [edges[0], edges.at(-1) - 1];
    this.rows.replaceChildren(
      ...this.timeline.shownRows
        .flatMap((row) => (row.pairs ?? []).map((pair) => this.#row(row, pair, data)))
        .filter(Boolean),
    );
    const points = edges.length - 1;
    const how =
      points >= to - from + 1
        ? 'frame by frame.'
        : `the middle of minimum and maximum in ${count(points)} groups of frames; ` +
          'zoom in for single frames.';
    this.note.textContent = `Frames ${count(from)} to ${count(to)}, ${how}`;
  }
}
