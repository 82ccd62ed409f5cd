// All results of the folder in one table.
import {closes, colour, el} from './dom.js';
import {floats, json} from './server.js';
import {splitColumns} from './columns.js';
import {clock, count, percent, plural} from './format.js';
import {shownResults, unitsOf} from './study_list.js';

const statusTexts = {whole: 'whole', partial: 'partial', failed: 'failed', other: 'table'};
const mostRows = 500;

// Small timelines are drawn when they come into sight, a few at a time.
class SmallTimelines {
  constructor() {
    this.waiting = [];
    this.running = 0;
    this.observer = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          if (!entry.isIntersecting) continue;
          this.observer.unobserve(entry.target);
          this.waiting.push(entry.target);
        }
        this.#next();
      },
      {rootMargin: '200px'},
    );
  }

  watch(canvas) {
    this.observer.observe(canvas);
  }

  #next() {
    while (this.running < 4 && this.waiting.length > 0) {
      const canvas = this.waiting.shift();
      if (!canvas.isConnected) continue;
      ++this.running;
      this.#draw(canvas)
        .catch(() => {})
        .finally(() => {
          --this.running;
          this.#next();
        });
    }
  }

  async #draw(canvas) {
    const {id, frames, unit} = canvas.source;
    const names = [`${unit}_r`];
    const column = splitColumns(
      await floats(`/api/results/${id}/columns?names=${names[0]}&from=1&to=${frames}&points=150`),
      names,
    ).get(names[0]);
    const ratio = devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const context = canvas.getContext('2d');
    context.scale(ratio, ratio);
    context.fillStyle = colour('curve');
    const n = column.high.length;
    for (let i = 0; i < n; ++i) {
      if (Number.isNaN(column.high[i])) continue;
      const top = Math.min(1, column.high[i] / 5) * (height - 2);
      context.fillRect(
        (i / n) * width,
        height - 1 - top,
        Math.max(0.8, width / n),
        Math.max(1, top),
      );
    }
  }

  close() {
    this.observer.disconnect();
  }
}

export async function openStudy(remembered) {
  const study = await json('/api/study');
  return new StudyView(study, remembered);
}

class StudyView {
  constructor(study, remembered) {
    this.study = study;
    this.state = remembered.study ??= {
      search: '',
      status: '',
      sort: '',
      down: false,
      unit: '',
      units: null,
      chosen: [],
    };
    this.units = unitsOf(study.results);
    this.state.units ??= this.units.slice(0, 3);
    this.state.unit ||= this.units.includes('AU12') ? 'AU12' : (this.units[0] ?? '');
    this.timelines = new SmallTimelines();
    this.#build();
    this.#fill();
    this.#awaitTables();
  }

  // Tables are read in the background; what is known of them comes by and by.
  #awaitTables() {
    if (!this.study.results.some((result) => result.pending)) return;
    this.timer = setTimeout(async () => {
      try {
        const study = await json('/api/study');
        if (this.closed) return;
        const before = JSON.stringify(this.study.results);
        this.study = study;
        const units = unitsOf(study.results);
        if (units.join() !== this.units.join()) {
          const chosen = this.state.units.length > 0 ? this.state.units : units.slice(0, 3);
          this.units = units;
          this.state.units = chosen;
          this.state.unit ||= units.includes('AU12') ? 'AU12' : (units[0] ?? '');
          this.#fillUnits();
        }
        if (JSON.stringify(study.results) !== before) this.#fill();
      } catch {
        // What went wrong here is said by whatever is opened next.
      }
      if (!this.closed) this.#awaitTables();
    }, 1500);
  }

  get title() {
    return this.study.folder;
  }

  #build() {
    const {state, study} = this;
    this.search = el('input', {
      type: 'search',
      id: 'search',
      value: state.search,
      placeholder: 'name, folder or warning',
      on: {
        input: () => {
          state.search = this.search.value;
          this.#fill();
        },
      },
    });
    const status = el(
      'select',
      {
        id: 'status',
        on: {
          change: () => {
            state.status = status.value;
            this.#fill();
          },
        },
      },
      [
        ['', 'all'],
        ['trouble', 'failed and partial'],
        ['look', 'to be looked at'],
        ['whole', 'whole'],
        ['novideo', 'without video'],
      ].map(([value, text]) => el('option', {value, text, selected: value === state.status})),
    );
    this.summary = el('p', {class: 'quiet', role: 'status'});
    this.compare = el('button', {
      type: 'button',
      text: 'Compare',
      disabled: true,
      title: 'Choose two results',
      on: {
        click: () => {
          location.hash = `#/compare/${state.chosen.join('/')}`;
        },
      },
    });
    this.unitMenu = el(
      'details',
      {class: 'menu'},
      el('summary', {text: 'Action units'}),
      el('div', {class: 'menu-body'}),
    );
    closes(this.unitMenu);
    this.#fillUnits();
    this.head = el('tr');
    this.body = el('tbody');
    this.more = el('p', {class: 'quiet', hidden: true});
    this.element = el(
      'div',
      {class: 'study'},
      el('h1', {class: 'unseen', text: `Study ${this.study.folder}`}),
      el(
        'div',
        {class: 'line controls'},
        el('label', {for: 'search', text: 'Search'}),
        this.search,
        el('label', {for: 'status', text: 'Show'}),
        status,
        this.unitMenu,
        this.compare,
        this.summary,
      ),
      el(
        'div',
        {class: 'table-place', tabindex: '0', role: 'region', 'aria-label': 'Results'},
        el(
          'table',
          {class: 'study-table'},
          el('caption', {class: 'unseen', text: 'Results of the study'}),
          el('thead', {}, this.head),
          this.body,
        ),
      ),
      this.more,
    );
    for (const note of study.notes ?? [])
      this.element.prepend(el('p', {class: 'notice', text: note}));
  }

  #fillUnits() {
    const {state} = this;
    this.unitMenu.hidden = this.units.length === 0;
    this.unitMenu.lastChild.replaceChildren(
      el(
        'label',
        {},
        'Small timelines of ',
        el(
          'select',
          {
            on: {
              change: (event) => {
                state.unit = event.target.value;
                this.#fill();
              },
            },
          },
          this.units.map((unit) =>
            el('option', {value: unit, text: unit, selected: unit === state.unit}),
          ),
        ),
      ),
      el(
        'fieldset',
        {},
        el('legend', {text: 'Number of events'}),
        this.units.map((unit) =>
          el(
            'label',
            {},
            el('input', {
              type: 'checkbox',
              checked: state.units.includes(unit),
              on: {
                change: (event) => {
                  state.units = this.units.filter((u) =>
                    u === unit ? event.target.checked : state.units.includes(u),
                  );
                  this.#fill();
                },
              },
            }),
            unit,
          ),
        ),
      ),
    );
  }

  #fill() {
    const {state, study} = this;
    const column = (key, text, className = '') => {
      const on = state.sort === key;
      return el(
        'th',
        {
          scope: 'col',
          class: className,
          'aria-sort': on ? (state.down ? 'descending' : 'ascending') : null,
        },
        el(
          'button',
          {
            type: 'button',
            class: 'sort',
            on: {
              click: () => {
                if (on && state.down) Object.assign(state, {sort: '', down: false});
                else Object.assign(state, {sort: key, down: on});
                this.#fill();
                this.head.querySelector(`[data-sort="${CSS.escape(key)}"]`)?.focus();
              },
            },
            data: {sort: key},
          },
          text,
          el('span', {
            'aria-hidden': 'true',
            class: 'arrow',
            text: on ? (state.down ? ' ↓' : ' ↑') : '',
          }),
        ),
      );
    };
    this.head.replaceChildren(
      el('th', {scope: 'col'}, el('span', {class: 'unseen', text: 'Choose for comparing'})),
      column('name', 'Name'),
      column('status', 'State'),
      column('seconds', 'Length', 'number'),
      column('followed', 'Followed', 'number'),
      column('quality', 'Quality'),
      ...state.units.map((unit) => column(unit, unit, 'number')),
      state.unit ? el('th', {scope: 'col', class: 'small-timeline', text: state.unit}) : '',
      column('warnings', 'Warnings'),
    );
    const results = shownResults(study.results, state);
    const listed = results.slice(0, mostRows);
    this.timelines.close();
    this.timelines = new SmallTimelines();
    this.body.replaceChildren(...listed.map((result) => this.#row(result)));
    if (study.results.length === 0)
      this.body.replaceChildren(
        el(
          'tr',
          {},
          el('td', {
            colspan: '20',
            class: 'quiet',
            text: 'This folder holds no results. Write some with: auriga extract VIDEO -o FOLDER',
          }),
        ),
      );
    else if (results.length === 0)
      this.body.replaceChildren(
        el('tr', {}, el('td', {colspan: '20', class: 'quiet', text: 'No result is like this.'})),
      );
    this.more.hidden = results.length <= mostRows;
    this.more.textContent = `The first ${mostRows} of ${count(results.length)} are listed; search or filter for others.`;
    const trouble = study.results.filter(
      (r) => r.status === 'failed' || r.status === 'partial',
    ).length;
    this.summary.textContent =
      (results.length === study.results.length
        ? plural(results.length, 'result')
        : `${count(results.length)} of ${plural(study.results.length, 'result')}`) +
      (trouble > 0 ? `, ${trouble} failed or partial` : '');
    this.#showChosen();
  }

  #showChosen() {
    this.compare.disabled = this.state.chosen.length !== 2;
  }

  #row(result) {
    const {state} = this;
    const openable = result.rows > 0 || result.video;
    const box = el('input', {
      type: 'checkbox',
      'aria-label': `Compare ${result.name}`,
      checked: state.chosen.includes(result.id),
      disabled: result.rows === 0,
      on: {
        change: () => {
          state.chosen = box.checked
            ? [...state.chosen, result.id].slice(-2)
            : state.chosen.filter((id) => id !== result.id);
          for (const other of this.body.querySelectorAll('input[type=checkbox]'))
            other.checked = state.chosen.includes(Number(other.dataset.id));
          this.#showChosen();
        },
      },
      data: {id: result.id},
    });
    const small =
      state.unit && result.rows > 0 && result.events && state.unit in result.events
        ? el('canvas', {class: 'small', 'aria-hidden': 'true'})
        : null;
    if (small) {
      small.source = {id: result.id, frames: Math.max(1, result.frames), unit: state.unit};
      this.timelines.watch(small);
    }
    const notes = [
      result.problem,
      ...(result.warnings ?? []),
      result.video ? '' : 'video not found',
    ].filter(Boolean);
    return el(
      'tr',
      {class: result.status, data: {id: result.id}},
      el('td', {}, box),
      el(
        'th',
        {scope: 'row'},
        result.folder ? el('span', {class: 'quiet', text: `${result.folder}/`}) : null,
        openable ? el('a', {href: `#/video/${result.id}`, text: result.name}) : result.name,
      ),
      el(
        'td',
        {},
        el('span', {
          class: `status ${result.status}`,
          text: statusTexts[result.status] ?? result.status,
        }),
      ),
      el('td', {class: 'number', text: result.seconds > 0 ? clock(result.seconds, 1) : '–'}),
      el('td', {class: 'number', text: result.pending ? '…' : percent(result.followed, 0)}),
      el(
        'td',
        {},
        result.quality
          ? el('span', {
              class: `verdict ${result.quality.verdict}`,
              title: result.quality.reasons.join('; '),
              text: result.quality.verdict,
            })
          : '–',
      ),
      state.units.map((unit) =>
        el('td', {
          class: 'number',
          text: result.events && unit in result.events ? count(result.events[unit]) : '–',
        }),
      ),
      state.unit ? el('td', {class: 'small-timeline'}, small) : null,
      el(
        'td',
        {class: 'warnings', title: notes.join('\n')},
        notes.length > 0 ? notes[0] + (notes.length > 1 ? ` (+${notes.length - 1})` : '') : '',
      ),
    );
  }

  restyle() {
    this.#fill();
  }

  bindings() {
    return [
      {group: 'Study', keys: ['/'], text: 'search', run: () => this.search.focus()},
      {group: 'Study', keys: ['j', 'ArrowDown'], text: 'next result', run: () => this.#move(1)},
      {group: 'Study', keys: ['k', 'ArrowUp'], text: 'previous result', run: () => this.#move(-1)},
      {
        group: 'Study',
        keys: ['Enter'],
        text: 'open the result',
        run: () => document.activeElement?.click?.(),
      },
    ];
  }

  #move(by) {
    const links = [...this.body.querySelectorAll('th a')];
    const at = links.indexOf(document.activeElement);
    links[Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.timelines.close();
  }
}
