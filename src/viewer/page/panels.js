// The lists beside the picture: events, the selection, marks, and what is known of the result.
import {ask, button, el} from './dom.js';
import {clock, count, number, percent, plural} from './format.js';
import {difference, together} from './marks.js';

const mostListed = 400;

// tabs: [{key, label, body}]. The arrow keys go from tab to tab.
export function tabbed(tabs, label) {
  const list = el('div', {role: 'tablist', 'aria-label': label, class: 'tabs'});
  const bodies = el('div', {class: 'tab-bodies'});
  const choose = (key, focus = false) => {
    for (const tab of tabs) {
      const on = tab.key === key;
      tab.button.setAttribute('aria-selected', String(on));
      tab.button.tabIndex = on ? 0 : -1;
      tab.panel.hidden = !on;
      if (on && focus) tab.button.focus();
      if (on) tab.shown?.();
    }
  };
  tabs.forEach((tab, i) => {
    tab.button = el('button', {
      type: 'button',
      role: 'tab',
      id: `tab-${tab.key}`,
      'aria-controls': `panel-${tab.key}`,
      text: tab.label,
      on: {
        click: () => choose(tab.key),
        keydown: (event) => {
          const to = {ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: tabs.length - 1}[
            event.key
          ];
          if (to === undefined) return;
          event.preventDefault();
          event.stopPropagation();
          choose(tabs[(to + tabs.length) % tabs.length].key, true);
        },
      },
    });
    tab.panel = el(
      'div',
      {
        role: 'tabpanel',
        id: `panel-${tab.key}`,
        'aria-labelledby': `tab-${tab.key}`,
        tabindex: '0',
        class: 'panel',
      },
      tab.body,
    );
    list.append(tab.button);
    bodies.append(tab.panel);
  });
  choose(tabs[0].key);
  return {element: el('section', {class: 'side', 'aria-label': label}, list, bodies), choose};
}

const cell = (content, className = '') => el('td', {class: className}, content);
const heading = (text, className = '') => el('th', {scope: 'col', class: className, text});

export class EventsPanel {
  // go(frame): shows a frame; chooseUnit(name).
  constructor({units, go, chooseUnit, timed}) {
    Object.assign(this, {go, timed});
    this.all = [];
    this.unit = '';
    this.choice = el(
      'select',
      {
        'aria-label': 'Events of',
        on: {
          change: () => {
            if (this.choice.value) chooseUnit(this.choice.value);
            this.setUnit(this.choice.value);
          },
        },
      },
      el('option', {value: '', text: 'all units'}),
      units
        .filter((unit) => unit.told !== false)
        .map((unit) => el('option', {value: unit.name, text: `${unit.name} ${unit.description}`})),
    );
    this.total = el('span', {class: 'quiet'});
    this.rows = el('tbody');
    this.more = el('p', {class: 'quiet', hidden: true});
    this.body = el(
      'div',
      {},
      el('div', {class: 'line'}, this.choice, this.total),
      el(
        'table',
        {class: 'list events', 'aria-label': 'Events'},
        el(
          'thead',
          {},
          el(
            'tr',
            {},
            heading('Unit'),
            heading('Start'),
            heading('Length', 'number'),
            heading('Peak', 'number'),
          ),
        ),
        this.rows,
      ),
      this.more,
    );
  }

  setEvents(events) {
    this.all = events;
    this.#fill();
  }

  setUnit(unit) {
    this.unit = unit;
    this.choice.value = unit;
    this.#fill();
  }

  get events() {
    return this.unit ? this.all.filter((event) => event.unit === this.unit) : this.all;
  }

  #time(seconds, frame) {
    return this.timed ? clock(seconds, 2) : String(frame);
  }

  #fill() {
    const events = this.events;
    this.total.textContent = plural(events.length, 'event');
    this.listed = events.slice(0, mostListed);
    this.rows.replaceChildren(
      ...this.listed.map((event) =>
        el(
          'tr',
          {data: {first: event.first, last: event.last}},
          cell(event.unit),
          cell(
            button(this.#time(event.start_s, event.first), () => this.go(event.first), {
              class: 'link',
              title: `frame ${event.first}`,
            }),
          ),
          cell(
            this.timed
              ? `${number(event.end_s - event.start_s)} s`
              : count(event.last - event.first + 1),
            'number',
          ),
          cell(
            button(number(event.peak), () => this.go(event.peak_frame), {
              class: 'link',
              title: `peak at frame ${event.peak_frame}`,
              'aria-label': `peak ${number(event.peak)} at frame ${event.peak_frame}`,
            }),
            'number',
          ),
        ),
      ),
    );
    this.more.hidden = events.length <= mostListed;
    this.more.textContent = `The first ${mostListed} are listed; n and p go through all of them.`;
    this.current = null;
  }

  // Marks the events that a frame lies in.
  setFrame(frame) {
    const found =
      this.listed?.findIndex((event) => event.first <= frame && frame <= event.last) ?? -1;
    if (found === this.current) return;
    this.current = found;
    [...this.rows.children].forEach((row, i) =>
      row.classList.toggle('at', this.listed[i].first <= frame && frame <= this.listed[i].last),
    );
    if (found >= 0 && this.body.offsetParent) {
      const [panel, row] = [this.body.parentElement, this.rows.children[found]];
      const top = row.offsetTop;
      if (top < panel.scrollTop || top + row.offsetHeight > panel.scrollTop + panel.clientHeight)
        panel.scrollTop = Math.max(0, top - panel.clientHeight / 3);
    }
  }
}

export class SelectionPanel {
  // go(frame); actions: elements shown below; blinks(from, to): number of blinks or null.
  constructor({units, go, timed, actions, blinks}) {
    Object.assign(this, {go, timed, blinks});
    this.untold = new Set(units.filter((unit) => unit.told === false).map((unit) => unit.name));
    this.summary = el('p', {});
    this.rows = el('tbody');
    this.table = el(
      'table',
      {class: 'list', 'aria-label': 'Action units in the selection'},
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          heading('Unit'),
          heading('Mean', 'number'),
          heading('Peak', 'number'),
          heading('Share', 'number'),
        ),
      ),
      this.rows,
    );
    this.body = el('div', {}, this.summary, this.table, actions);
    this.actions = actions;
    this.show(null, null);
  }

  show(selection, numbers) {
    this.table.hidden = !numbers;
    this.actions.hidden = !selection;
    if (!selection) {
      this.summary.textContent =
        'Nothing is selected. Drag over the ruler of the timeline, hold Shift and drag anywhere in it, or press [ and ] at the first and the last frame.';
      return;
    }
    const frames = selection.to - selection.from + 1;
    const blinks = this.blinks(selection.from, selection.to);
    const seconds = numbers?.seconds;
    this.summary.textContent =
      `Frames ${count(selection.from)} to ${count(selection.to)}: ${plural(frames, 'frame')}` +
      (numbers
        ? `, ${this.timed ? `${number(seconds, 3)} s, ` : ''}face followed in ${percent(numbers.followed / (numbers.rows - numbers.excluded), 1)}`
        : '') +
      (numbers?.excluded > 0 ? `, ${plural(numbers.excluded, 'excluded row')} left out` : '') +
      (blinks !== null && this.timed && seconds > 0
        ? `, ${plural(blinks, 'blink')} (${number((blinks * 60) / seconds, 1)} a minute)`
        : '') +
      '.';
    if (!numbers) return;
    this.rows.replaceChildren(
      ...numbers.units
        .filter((unit) => !this.untold.has(unit.name))
        .map((unit) =>
          el(
            'tr',
            {},
            cell(unit.name),
            cell(number(unit.mean), 'number'),
            cell(
              Number.isFinite(unit.peak) && unit.peak_frame
                ? button(number(unit.peak), () => this.go(unit.peak_frame), {
                    class: 'link',
                    title: `frame ${unit.peak_frame}`,
                    'aria-label': `${unit.name}: peak ${number(unit.peak)} at frame ${unit.peak_frame}`,
                  })
                : number(unit.peak),
              'number',
            ),
            cell(percent(unit.share, 1), 'number'),
          ),
        ),
    );
  }
}

const kindTexts = {exclude: 'Exclude', label: 'Label', point: 'Point', note: 'Note'};

export class MarksPanel {
  // file: MarksFile; go(frame); add(kind); links: [{text, href}].
  constructor({file, go, add, timed, links}) {
    Object.assign(this, {file, go, timed});
    this.undoButton = button('Undo', () => this.undo(), {title: 'Ctrl+Z'});
    this.redoButton = button('Redo', () => this.redo(), {title: 'Ctrl+Shift+Z'});
    this.adders = ['exclude', 'label', 'point', 'note'].map((kind) =>
      button(kindTexts[kind], () => add(kind), {
        title: {
          exclude: 'Exclude the selection (X)',
          label: 'Label the selection (L)',
          point: 'Mark this frame (M)',
          note: 'Note at the selection or this frame (O)',
        }[kind],
      }),
    );
    this.state = el('p', {class: 'quiet state', role: 'status'});
    this.conflict = el('div', {class: 'notice', hidden: true});
    this.rows = el('tbody');
    this.body = el(
      'div',
      {},
      el('div', {class: 'line'}, this.adders, this.undoButton, this.redoButton),
      this.conflict,
      el(
        'table',
        {class: 'list', 'aria-label': 'Marks'},
        el(
          'thead',
          {},
          el(
            'tr',
            {},
            heading('Kind'),
            heading('Start'),
            heading('Length', 'number'),
            heading('Label'),
            el('th', {scope: 'col'}, el('span', {class: 'unseen', text: 'Change'})),
          ),
        ),
        this.rows,
      ),
      this.state,
      el(
        'p',
        {class: 'line'},
        links.map((link) => el('a', {href: link.href, download: '', text: link.text})),
      ),
    );
    file.addEventListener('change', () => this.#fill());
    this.#fill();
  }

  undo() {
    if (this.file.marks.canUndo) this.file.edit((marks) => marks.undo());
  }

  redo() {
    if (this.file.marks.canRedo) this.file.edit((marks) => marks.redo());
  }

  async relabel(index) {
    const mark = this.file.marks.list[index];
    const input = el('input', {type: 'text', value: mark.label, id: 'label-text', autofocus: true});
    const choice = await ask(
      'Change the label',
      [el('label', {for: 'label-text', text: 'Label'}), input],
      ['Save', 'Cancel'],
    );
    if (choice === 'Save')
      this.file.edit((marks) =>
        marks.relabel(
          marks.list.findIndex((m) => m === mark),
          input.value,
        ),
      );
  }

  #fill() {
    const {file} = this;
    const list = file.marks.list;
    for (const b of this.adders) b.disabled = !file.writable;
    this.undoButton.disabled = !file.writable || !file.marks.canUndo;
    this.redoButton.disabled = !file.writable || !file.marks.canRedo;
    this.rows.replaceChildren(
      ...list.map((mark, index) =>
        el(
          'tr',
          {data: {first: mark.first, last: mark.last, kind: mark.kind}},
          cell(el('span', {class: `kind ${mark.kind}`, text: kindTexts[mark.kind] ?? mark.kind})),
          cell(
            button(
              this.timed ? clock(mark.start_s, 2) : String(mark.first),
              () => this.go(mark.first),
              {class: 'link', title: `frames ${mark.first} to ${mark.last}`},
            ),
          ),
          cell(count(mark.last - mark.first + 1), 'number'),
          cell(mark.label, 'mark-text'),
          cell(
            file.writable
              ? [
                  button('edit', () => this.relabel(index), {
                    class: 'link',
                    'aria-label': `Edit the label of mark ${index + 1}`,
                  }),
                  ' ',
                  button('remove', () => file.edit((marks) => marks.remove(index)), {
                    class: 'link',
                    'aria-label': `Remove mark ${index + 1}`,
                  }),
                ]
              : '',
          ),
        ),
      ),
    );
    this.state.textContent = !file.writable
      ? 'Marks can be read only.'
      : {
          loading: '',
          saving: 'Saving…',
          saved: list.length === 0 ? 'No marks.' : `Saved in ${file.name ?? 'the marks file'}.`,
          failed: `Not saved: ${file.problem}`,
          conflict: 'Not saved.',
        }[file.state];
    this.state.classList.toggle('bad', file.state === 'failed');
    this.body.dataset.state = file.state;
    this.conflict.hidden = !file.conflict;
    if (file.conflict) {
      const {theirs} = file.conflict;
      const only = difference(list, theirs);
      const text = (marks) =>
        marks.length === 0
          ? 'none'
          : marks
              .slice(0, 6)
              .map((m) => `${m.kind} ${m.first}–${m.last} ${m.label}`.trim())
              .join('; ') + (marks.length > 6 ? ` and ${marks.length - 6} more` : '');
      this.conflict.replaceChildren(
        el(
          'p',
          {},
          el('b', {
            text: 'The marks were changed elsewhere, in another window or by another program. ',
          }),
          'Nothing of either is lost yet; choose what to keep.',
        ),
        el('p', {text: `Only here: ${text(only.mine)}`}),
        el('p', {text: `Only in the file: ${text(only.theirs)}`}),
        el(
          'div',
          {class: 'line'},
          button('Keep mine', () => file.settle(list)),
          button('Take the file', () => file.settle(theirs)),
          button('Keep both', () => file.settle(together(list, theirs))),
        ),
      );
    }
  }
}

// What is known of the result itself: quality, warnings, how it was made.
export function aboutPanel(info) {
  const fact = (name, value) =>
    value === undefined || value === null || value === ''
      ? []
      : [el('dt', {text: name}), el('dd', {text: String(value)})];
  const video = info.video;
  const parts = [
    el(
      'dl',
      {class: 'facts'},
      fact('Table', info.table),
      fact('State', info.problem || info.status),
      fact(
        'Video',
        video &&
          `${video.name}, ${video.width} × ${video.height}, ${plural(video.frames, 'frame')}, ${number(video.fps)} frames per second, ${clock(video.seconds)}`,
      ),
      fact(
        'Faces',
        info.faces
          .map(
            (face) =>
              `${face.id}: ${count(face.rows_with_face)} of ${plural(face.rows, 'row')} with a face`,
          )
          .join('; '),
      ),
      fact(
        'Not told',
        info.units
          .filter((unit) => unit.told === false)
          .map((unit) => unit.name)
          .join(', '),
      ),
      fact('Quality', info.quality && [info.quality.verdict, ...info.quality.reasons].join('; ')),
    ),
  ];
  if (info.warnings.length > 0)
    parts.push(
      el('h3', {text: 'Warnings'}),
      el(
        'ul',
        {},
        info.warnings.map((text) => el('li', {text})),
      ),
    );
  if (info.manifest)
    parts.push(
      el(
        'details',
        {},
        el('summary', {text: 'How it was made (manifest)'}),
        el('pre', {tabindex: '0', text: JSON.stringify(info.manifest, null, 2)}),
      ),
    );
  return el('div', {}, parts);
}
