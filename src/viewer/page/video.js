// A result with its video: picture, timeline and lists, held together by one frame number.
import {announce, ask, button, closes, download, el, icon, iconButton} from './dom.js';
import {ComparePanel} from './compare_panel.js';
import {EventsPanel, MarksPanel, SelectionPanel, aboutPanel, tabbed} from './panels.js';
import {BrowserPlayer, FramePlayer} from './player.js';
import {MarksFile} from './marks_file.js';
import {Remembered, doubles, json, picture, put} from './server.js';
import {Stage} from './stage.js';
import {Table, overlayBlock, query, setTimes, timesFromRows} from './table.js';
import {Times} from './times.js';
import {Timeline} from './timeline.js';
import {clock, count, number} from './format.js';
import {faceColour, layers, overlayShapes} from './overlay.js';
import {faceNames} from './marks.js';
import {picturePng, pictureSvg, rasterised, timelineSvg} from './export.js';
import {rowsOf, rowsOfBoth, valueText} from './rows.js';
import {videoKeys} from './video_keys.js';

const valueBlock = 512;
const mostSearched = 2000;
const speeds = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 4];
const ownPrefix = 'B:';

export async function openVideo(ids, wanted) {
  const infos = await Promise.all(ids.map((id) => json(`/api/results/${id}`)));
  const tables = infos.map((info) => new Table(info));
  const first = tables[0];
  if (wanted.face !== null && infos[0].faces.some((face) => face.id === wanted.face))
    first.face = wanted.face;
  const videoInfo = infos.find((info) => info.video) ?? infos[0];
  const video = videoInfo.video;
  let least = 0;
  const rowLists = await Promise.all(
    tables.map((table) =>
      table.info.faces.length > 0 ? table.rows(table.face) : new Float64Array(),
    ),
  );
  for (const rows of rowLists) if (rows.length > 0) least = Math.max(least, rows[rows.length - 2]);
  let times;
  if (video) {
    times = Times.steady(Math.max(video.frames, least), video.fps || 30);
    const own = await doubles(`/v/${videoInfo.id}/times`).catch(() => null);
    const all = Math.max(
      least,
      video.index?.complete === false ? video.frames : (own?.length ?? video.frames),
    );
    setTimes(times, own, all, video.fps);
  } else {
    times = timesFromRows(rowLists.find((rows) => rows.length > 0) ?? new Float64Array(), least);
  }
  return new VideoView({
    infos,
    tables,
    videoInfo,
    times,
    frames: Math.max(times.count, 1),
    least,
    rowLists,
    wanted,
  });
}

class VideoView {
  constructor({infos, tables, videoInfo, times, frames, least, rowLists, wanted}) {
    Object.assign(this, {infos, tables, times, least, rowLists});
    this.info = infos[0];
    this.table = tables[0];
    this.compared = infos.length > 1;
    this.videoId = videoInfo.id;
    this.video = videoInfo.video;
    this.timed = this.info.timed;
    // A table may go on after its video, and a video after its table.
    this.count = frames;
    this.videoFrames = Math.min(frames, videoInfo.video?.frames || frames);
    this.frame = 1;
    this.selection = null;
    this.speed = 1;
    this.events = [];
    this.unproved = new Set();
    this.missing = new Set();
    this.sequential = this.video?.sequential ?? '';
    this.unit = this.info.units[0]?.name ?? '';
    this.player = null;
    this.closed = false;
    this.shown = Object.fromEntries(
      layers.map((layer) => [
        layer.key,
        layer.key !== 'mesh' && layer.key !== 'box' && this.info.overlay[layer.key] !== false,
      ]),
    );
    this.overlayOn = true;
    this.pictures = new Remembered(
      this.video && this.video.width * this.video.height > 1e6 ? 30 : 90,
      async (frame) => {
        const answer = await picture(`/v/${this.videoId}/frame/${frame}.jpg`);
        if (answer.frame && answer.frame !== frame)
          throw new Error(`asked for frame ${frame}, the viewer sent frame ${answer.frame}`);
        if (answer.proved) this.unproved.delete(frame);
        else this.unproved.add(frame);
        if (answer.missing) this.missing.add(frame);
        if (answer.sequential) this.sequential = answer.sequential;
        return createImageBitmap(answer.blob);
      },
    );
    this.values = new Remembered(24, (key) => this.#loadValues(key));
    this.#build();
    this.#loadFace();
    const start = Number.isInteger(wanted.frame) ? wanted.frame : this.#firstFrame();
    this.goTo(start, {quiet: true});
    this.indexed =
      this.video && this.video.index?.complete === false ? this.#awaitIndex() : Promise.resolve();
    if (this.video) this.#prepareBrowser();
  }

  // The viewer reads a video through while it is looked at. Then its frames and times are known.
  async #awaitIndex() {
    for (let wait = 500; !this.closed; wait = Math.min(2000, wait * 1.2)) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (this.closed) return;
      let index;
      try {
        index = await json(`/api/results/${this.videoId}/index`);
      } catch (error) {
        return this.#trouble(error);
      }
      if (this.closed) return;
      if (index.problem) this.#trouble(new Error(index.problem));
      const reached = [...this.unproved].filter((frame) => index.complete || frame <= index.known);
      for (const frame of reached) {
        this.unproved.delete(frame);
        this.pictures.forget(frame);
      }
      if (reached.includes(this.frame)) this.#redrawPicture();
      if (!index.complete) continue;
      const own = await doubles(`/v/${this.videoId}/times`).catch(() => null);
      if (this.closed) return;
      this.videoFrames = index.frames;
      this.count = Math.max(index.frames, this.least, 1);
      setTimes(this.times, own, this.count, this.video.fps);
      this.countText.textContent = `of ${count(this.count)}`;
      this.timeline.setCount(this.count);
      this.#setFrame(this.frame);
      return;
    }
  }

  #firstFrame() {
    return this.rowLists[0].length > 0 ? Math.min(this.count, Math.max(1, this.rowLists[0][0])) : 1;
  }

  #build() {
    const {info} = this;
    const unitRows = rowsOf(info);
    const rows = this.compared ? rowsOfBoth(unitRows, rowsOf(this.infos[1])) : unitRows;
    this.timeline = new Timeline({
      rows,
      count: this.count,
      times: this.times,
      timed: this.timed,
      compared: this.compared,
      load: (edges, names, signal) =>
        this.#columns(names, (table, some) => table.cut(table.face, edges, some, signal)),
    });
    this.timeline.addEventListener('frame', (event) => this.goTo(event.detail, {quiet: true}));
    this.timeline.addEventListener('select', (event) => this.select(event.detail));
    this.timeline.addEventListener('row', (event) => this.chooseRow(event.detail));
    this.timeline.addEventListener('mark', (event) =>
      this.goTo(this.marksFile.marks.list[event.detail].first),
    );
    this.timeline.addEventListener('trouble', (event) => this.#trouble(event.detail));

    this.notices = el('div', {class: 'notices'});
    const warn = (text) => text && this.notices.append(el('p', {class: 'notice', text}));
    this.infos.forEach((one) => {
      const of = this.compared ? `${one.name}: ` : '';
      if (one.status === 'failed' || one.status === 'partial')
        warn(
          `${of}${one.status === 'failed' ? 'This video failed' : 'This table is not whole'}: ${one.problem}`,
        );
      if (one.video?.changed) warn(of + one.video.changed);
      if (one.video?.sequential)
        warn(
          `${of}This video can be read from its start only, so jumps take long: ${one.video.sequential}`,
        );
      if (one.faces.length === 0 && one.status !== 'failed') warn(`${of}The table has no rows.`);
    });
    if (this.compared && this.rowLists[0].length !== this.rowLists[1].length)
      warn(
        `The tables have ${count(this.rowLists[0].length / 2)} and ${count(this.rowLists[1].length / 2)} rows; frames are compared by their number.`,
      );

    this.marksFile = new MarksFile(
      {
        read: () => json(`${this.table.path}/marks`),
        write: (body) => put(`${this.table.path}/marks`, body),
      },
      Boolean(info.marks),
    );
    this.marksFile.addEventListener('change', () => this.#marksChanged());
    this.marksFile.load().catch((error) => this.#trouble(error));

    this.eventsPanel = new EventsPanel({
      units: info.units,
      timed: this.timed,
      go: (frame) => this.goTo(frame),
      chooseUnit: (unit) => this.chooseRow(unit),
    });
    this.selectionPanel = new SelectionPanel({
      units: info.units,
      timed: this.timed,
      go: (frame) => this.goTo(frame),
      blinks: (from, to) => this.#blinks(from, to),
      actions: el(
        'p',
        {class: 'line'},
        (this.csvLink = el('a', {download: '', text: 'CSV of the selection'})),
        button('Zoom to it', () => this.zoomToSelection()),
        button('Clear', () => this.select(null)),
      ),
    });
    this.marksPanel = new MarksPanel({
      file: this.marksFile,
      timed: this.timed,
      go: (frame) => this.goTo(frame),
      add: (kind) => this.addMark(kind),
      links: [
        {text: 'ELAN (.eaf)', href: `${this.table.path}/marks.eaf`},
        {text: 'BORIS (.csv)', href: `${this.table.path}/marks.boris.csv`},
      ],
    });
    if (this.compared)
      this.comparePanel = new ComparePanel({
        timeline: this.timeline,
        go: (frame) => this.goTo(frame),
      });
    const tabs = [
      this.compared ? {key: 'compare', label: 'Differences', body: this.comparePanel.body} : null,
      {key: 'events', label: 'Events', body: this.eventsPanel.body},
      {key: 'selection', label: 'Selection', body: this.selectionPanel.body},
      {key: 'marks', label: 'Marks', body: this.marksPanel.body},
      {
        key: 'about',
        label: 'About',
        body: this.compared
          ? el(
              'div',
              {},
              this.infos.map((one) =>
                el('section', {}, el('h3', {text: one.name}), aboutPanel(one)),
              ),
            )
          : aboutPanel(info),
      },
    ].filter(Boolean);
    this.side = tabbed(tabs, 'Lists');

    const picturePart = el('section', {class: 'picture-part', 'aria-label': 'Picture and playing'});
    if (this.video) {
      this.stage = new Stage(
        {width: this.video.width, height: this.video.height},
        `Frame of ${this.video.name}`,
      );
      this.playText = el('p', {class: 'over play-text', role: 'status', hidden: true});
      this.stage.element.append(this.playText);
      picturePart.append(this.stage.element, this.#transport(), this.#switches());
    } else {
      const problem = this.info.video_problem || 'The video of this table was not found.';
      picturePart.append(
        el(
          'div',
          {class: 'stage empty'},
          el('p', {text: problem}),
          el('p', {class: 'quiet', text: 'The data are shown alone.'}),
        ),
        this.#transport(),
        this.#switches(),
      );
    }
    this.element = el(
      'div',
      {class: 'video-view' + (this.video ? '' : ' without-video')},
      el('h1', {class: 'unseen', text: this.title}),
      this.notices,
      el('div', {class: 'upper'}, picturePart, this.side.element),
      this.timeline.element,
    );
    this.rowLookup = rows;
    this.chooseRow(this.timeline.chosen, {quiet: true});
  }

  #transport() {
    this.playButton = iconButton('play', 'Play', () => this.togglePlay(), {
      title: 'Play or pause (Space)',
    });
    this.playButton.disabled = !this.video && this.count < 2;
    this.frameInput = el('input', {
      type: 'text',
      inputmode: 'numeric',
      class: 'frame-number',
      'aria-label': 'Frame',
      id: 'frame-number',
      on: {
        change: () => {
          const frame = Number(this.frameInput.value);
          if (Number.isFinite(frame)) this.goTo(Math.round(frame));
          this.frameInput.value = String(this.frame);
        },
        keydown: (event) => {
          if (event.key === 'Escape' || event.key === 'Enter') {
            this.frameInput.dispatchEvent(new Event('change'));
            this.frameInput.blur();
          }
        },
      },
    });
    this.timeText = el('span', {class: 'time-text'});
    this.speedChoice = el(
      'select',
      {'aria-label': 'Speed', on: {change: () => this.setSpeed(Number(this.speedChoice.value))}},
      speeds.map((speed) =>
        el('option', {value: String(speed), text: `${speed} ×`, selected: speed === 1}),
      ),
    );
    this.loopBox = el('input', {type: 'checkbox'});
    return el(
      'div',
      {class: 'transport'},
      iconButton('first', 'First frame', () => this.goTo(1), {title: 'First frame (Home)'}),
      iconButton('back', 'One frame back', () => this.step(-1), {title: 'One frame back (←)'}),
      this.playButton,
      iconButton('forward', 'One frame on', () => this.step(1), {title: 'One frame on (→)'}),
      iconButton('last', 'Last frame', () => this.goTo(this.count), {title: 'Last frame (End)'}),
      el(
        'span',
        {class: 'pair'},
        this.frameInput,
        (this.countText = el('span', {class: 'quiet', text: `of ${count(this.count)}`})),
      ),
      this.timeText,
      this.speedChoice,
      el('label', {}, this.loopBox, 'Loop'),
    );
  }

  #switches() {
    const has = (key) => (key === 'box' ? this.info.overlay.landmarks : this.info.overlay[key]);
    this.layerBoxes = new Map();
    const boxes = this.video
      ? layers
          .filter((layer) => has(layer.key))
          .map((layer) => {
            const box = el('input', {
              type: 'checkbox',
              checked: this.shown[layer.key],
              on: {
                change: () => {
                  this.shown[layer.key] = box.checked;
                  this.#redrawPicture();
                },
              },
            });
            this.layerBoxes.set(layer.key, box);
            return el('label', {}, box, layer.text);
          })
      : [];
    this.faceList = el('div', {class: 'faces', role: 'group', 'aria-label': 'Faces'});
    this.exportMenu = el(
      'details',
      {class: 'menu'},
      el('summary', {text: 'Export'}),
      el(
        'div',
        {class: 'menu-body'},
        this.video
          ? [
              button('Picture as PNG', () => this.exportPicture('png')),
              button('Picture as SVG', () => this.exportPicture('svg')),
            ]
          : [],
        button('Timeline as PNG', () => this.exportTimeline('png')),
        button('Timeline as SVG', () => this.exportTimeline('svg')),
        (this.csvAll = el('a', {download: '', text: 'CSV of what the timeline shows'})),
      ),
    );
    this.exportMenu.addEventListener('toggle', () => {
      const {from, to} = this.timeline.frames;
      this.csvAll.href = `${this.table.path}/rows.csv?${query({from, to})}`;
    });
    closes(this.exportMenu);
    this.#fillFaces();
    return el(
      'div',
      {class: 'switches'},
      boxes.length > 0
        ? el('div', {class: 'layers', role: 'group', 'aria-label': 'Drawn over the picture'}, boxes)
        : null,
      this.faceList,
      this.exportMenu,
    );
  }

  #faceName(id) {
    return this.names?.get(id) || `Face ${id}`;
  }

  #fillFaces() {
    if (!this.faceList) return;
    if (this.compared) {
      this.faceList.replaceChildren(
        ...this.infos.map((one, i) =>
          el(
            'span',
            {class: 'legend'},
            el('i', {class: i === 0 ? 'swatch a' : 'swatch b'}),
            `${'AB'[i]} ${one.folder ? `${one.folder}/` : ''}${one.name}`,
          ),
        ),
      );
      return;
    }
    const faces = this.info.faces;
    this.faceList.replaceChildren(
      ...faces.map((face, i) => {
        const swatch = el('i', {class: 'swatch'});
        swatch.style.background = faceColour(i);
        return el(
          'span',
          {class: 'face'},
          el(
            'button',
            {
              type: 'button',
              'aria-pressed': String(face.id === this.table.face),
              title: `${count(face.rows_with_face)} rows with a face (${i + 1})`,
              on: {click: () => this.chooseFace(face.id)},
            },
            swatch,
            this.#faceName(face.id),
          ),
          face.id === this.table.face && this.info.marks
            ? button('name', () => this.nameFace(face.id), {
                class: 'link',
                'aria-label': `Name ${this.#faceName(face.id)}`,
              })
            : null,
        );
      }),
    );
  }

  #trouble(error) {
    if (this.closed || error.name === 'AbortError') return;
    const known = [...this.notices.children].some(
      (notice) => notice.dataset.text === error.message,
    );
    if (known) return;
    const notice = el(
      'p',
      {class: 'notice bad', role: 'alert', data: {text: error.message}},
      error.message,
      ' ',
      button('Dismiss', () => notice.remove(), {class: 'link'}),
    );
    this.notices.append(notice);
  }

  // Columns of both tables for the timeline; those of the second have a prefix.
  // ask(table, names): promise of the columns.
  async #columns(names, ask) {
    const own = names.filter((name) => !name.startsWith(ownPrefix));
    const other = names
      .filter((name) => name.startsWith(ownPrefix))
      .map((name) => name.slice(ownPrefix.length));
    const [a, b] = await Promise.all([
      own.length > 0 && this.table.info.faces.length > 0
        ? ask(this.table, own)
        : new Map(),
      other.length > 0 && this.tables[1].info.faces.length > 0
        ? ask(this.tables[1], other)
        : new Map(),
    ]);
    return new Map([...a, ...[...b].map(([name, column]) => [ownPrefix + name, column])]);
  }

  // All numbers of a block of frames for the rows' values: key `face:block`.
  async #loadValues(key) {
    const block = Number(key.split(':')[1]);
    const from = block * valueBlock + 1;
    const to = Math.min(this.count, from + valueBlock - 1);
    const names = [
      ...new Set(
        this.timeline.rows.flatMap((row) => [...row.curves, row.bar, row.otherBar]).filter(Boolean),
      ),
    ];
    // The names of a wide table go in several requests: an address has a limit.
    const parts = [];
    for (let i = 0; i < names.length; i += 100) parts.push(names.slice(i, i + 100));
    const columns = await Promise.all(
      parts.map((part) =>
        this.#columns(part, (table, some) =>
          table.columns(table.face, from, to, to - from + 1, some),
        ),
      ),
    );
    return {from, columns: new Map(columns.flatMap((part) => [...part]))};
  }

  #valueKey(frame) {
    return `${this.table.face}:${Math.floor((frame - 1) / valueBlock)}`;
  }

  #showValues(frame) {
    const key = this.#valueKey(frame);
    const draw = (block) => {
      if (this.closed || this.frame !== frame || this.#valueKey(frame) !== key) return;
      this.timeline.setValues(
        new Map(
          [...block.columns].map(([name, column]) => [
            name,
            column.high[frame - block.from] ?? NaN,
          ]),
        ),
        frame,
      );
    };
    const there = this.values.now(key);
    if (there) return draw(there);
    this.timeline.setValues(new Map(), 0);
    this.values.get(key).then(draw, (error) => this.#trouble(error));
  }

  goTo(frame, {quiet = false} = {}) {
    this.pause();
    this.#setFrame(frame);
    this.#showPicture();
    this.#prefetch();
    if (!quiet) this.#announceFrame();
  }

  step(by) {
    const before = this.frame;
    this.direction = Math.sign(by);
    this.goTo(this.frame + by);
    if (this.frame === before) announce(by > 0 ? 'Last frame' : 'First frame');
  }

  #setFrame(frame) {
    this.frame = Math.min(this.count, Math.max(1, Number.isFinite(frame) ? frame : 1));
    this.timeline.setFrame(this.frame);
    if (document.activeElement !== this.frameInput) this.frameInput.value = String(this.frame);
    const row = this.#rowTime(this.frame);
    this.timeText.textContent = this.timed ? clock(this.times.of(this.frame)) : '';
    this.timeText.title = row === null ? 'the table has no row for this frame' : '';
    this.eventsPanel.setFrame(this.frame);
    this.#showValues(this.frame);
    clearTimeout(this.addressTimer);
    // Another address may stand there whose `hashchange` is still to come.
    const here = location.hash;
    this.addressTimer = setTimeout(() => {
      if (!this.closed && location.hash === here) history.replaceState(null, '', this.address());
    }, 300);
  }

  address() {
    const face = this.info.faces.length > 1 && !this.compared ? `&face=${this.table.face}` : '';
    return `#/${this.compared ? `compare/${this.infos[0].id}/${this.infos[1].id}` : `video/${this.info.id}`}?frame=${this.frame}${face}`;
  }

  // The time of a row of the chosen face, null where there is no such row.
  #rowTime(frame) {
    const rows = this.rowLists[0];
    let low = 0;
    let high = rows.length / 2;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[2 * middle] < frame) low = middle + 1;
      else high = middle;
    }
    return low < rows.length / 2 && rows[2 * low] === frame ? rows[2 * low + 1] : null;
  }

  #announceFrame() {
    if (this.playing || document.activeElement === this.timeline.cursor) return;
    const row = this.rowLookup.find((r) => r.key === this.timeline.chosen);
    const text = () =>
      `Frame ${this.frame}${this.timed ? `, ${number(this.times.of(this.frame), 3)} seconds` : ''}` +
      (row && this.timeline.valuesFrame === this.frame
        ? `, ${row.label} ${valueText(row, this.timeline.values)}`
        : '');
    this.values.get(this.#valueKey(this.frame)).then(
      () => {
        if (!this.closed) announce(text());
      },
      () => {},
    );
  }

  // Draws the picture of the frame with its overlay; of a burst of wishes the last one is met, and
  // others as they come in time.
  async #showPicture() {
    if (!this.stage) return;
    this.wantedPicture = this.frame;
    if (this.showing) return;
    this.showing = true;
    try {
      while (!this.closed && !this.playing && this.wantedPicture !== null) {
        const frame = this.wantedPicture;
        this.wantedPicture = null;
        const slow = setTimeout(() => this.stage.say(`Reading frame ${frame}…`), 400);
        try {
          const [source] = await Promise.all([this.pictures.get(frame), this.#overlaysOf(frame)]);
          clearTimeout(slow);
          if (this.closed || this.playing) return;
          this.stage.say(this.#saidOf(frame));
          this.stage.show(frame, source, this.#layersOf(frame));
        } catch (error) {
          clearTimeout(slow);
          if (this.closed) return;
          if (this.wantedPicture === null) {
            this.stage.show(frame, null, []);
            this.stage.picture
              .getContext('2d')
              .clearRect(0, 0, this.stage.picture.width, this.stage.picture.height);
            this.stage.picture.dataset.frame = '';
            this.stage.say(`Frame ${frame}: ${error.message}`);
          }
        }
      }
    } finally {
      this.showing = false;
      if (this.wantedPicture !== null && !this.playing && !this.closed) this.#showPicture();
    }
  }

  #saidOf(frame) {
    if (this.missing.has(frame)) return `Frame ${frame} could not be decoded.`;
    if (this.unproved.has(frame))
      return `Frame ${frame}: its number is not checked yet, the video is being read.`;
    return '';
  }

  #drawnFaces() {
    if (this.compared)
      return this.tables.map((table, i) => ({
        table,
        face: table.face,
        colour: faceColour(i),
        name: 'AB'[i],
        chosen: i === 0,
      }));
    return this.info.faces.map((face, i) => ({
      table: this.table,
      face: face.id,
      colour: faceColour(i),
      chosen: face.id === this.table.face,
      name: this.info.faces.length > 1 || this.names?.has(face.id) ? this.#faceName(face.id) : '',
    }));
  }

  #overlaysOf(frame) {
    return Promise.all(
      this.#drawnFaces().flatMap(({table, face}) => [
        table.overlays.get(table.overlayKey(face, frame)),
        this.overlayOn && this.shown.mesh && table.info.overlay.mesh
          ? table.meshes.get(`${face}:${frame}`)
          : null,
      ]),
    );
  }

  // Only what is there already: a picture that plays does not wait.
  #layersOf(frame) {
    const faces = this.#drawnFaces();
    const drawn = [];
    for (const {table, face, colour, name, chosen} of faces) {
      const values = table.overlayNow(face, frame);
      if (values === undefined) return [];
      const mesh = this.shown.mesh ? (table.meshes.now(`${face}:${frame}`) ?? null) : null;
      drawn.push({
        frame,
        values,
        colour,
        name: this.overlayOn ? name : '',
        shapes: this.overlayOn ? overlayShapes(values, this.shown, {colour, chosen, mesh}) : [],
      });
    }
    return drawn;
  }

  toggleOverlay() {
    this.overlayOn = !this.overlayOn;
    this.#redrawPicture();
    announce(this.overlayOn ? 'Overlay shown' : 'Overlay hidden');
  }

  #redrawPicture() {
    if (!this.stage || this.playing) return;
    this.#showPicture();
  }

  // Neighbours in the direction of the last step, one by one, so that a jump waits for one at most.
  #prefetch() {
    clearTimeout(this.prefetchTimer);
    if (!this.stage) return;
    this.prefetchTimer = setTimeout(async () => {
      const from = this.frame;
      for (let i = 1; i <= 4; ++i) {
        const frame = from + i * (this.direction || 1);
        if (this.closed || this.playing || this.frame !== from || frame < 1 || frame > this.count)
          return;
        await this.pictures.get(frame).catch(() => {});
      }
    }, 120);
  }

  #prepareBrowser() {
    this.browserPlayer = new BrowserPlayer(this.stage.video, this.times);
    this.browserReason = null;
    const url = this.video.url;
    this.browserReady = url
      ? this.indexed
          .then(() =>
            this.closed
              ? 'closed'
              : this.browserPlayer.prepare(
                  url,
                  (frame) => this.pictures.get(frame),
                  this.videoFrames,
                ),
          )
          .catch((error) => error.message)
      : Promise.resolve('the browser does not play this kind of file, or not as it is shown here');
    this.browserReady.then((reason) => {
      this.browserReason = reason;
      this.element.dataset.player = reason === '' ? 'browser' : 'frames';
      this.element.dataset.playerReason = reason;
    });
  }

  get playing() {
    return this.player !== null;
  }

  togglePlay() {
    if (this.playing) this.goTo(this.frame);
    else this.play();
  }

  async play() {
    if (this.playing || this.count < 2 || !this.video) {
      if (!this.video) this.#playData();
      return;
    }
    const [start, last] = this.#playRange();
    const token = (this.player = {stop() {}});
    this.#playState(true);
    const from = this.frame >= last || this.frame < start ? start : this.frame;
    const reason = await Promise.race([
      this.browserReady,
      new Promise((resolve) => setTimeout(() => resolve('the browser is not ready yet'), 2500)),
    ]);
    if (this.player !== token) return;
    const end = () => {
      if (this.player === null) return;
      if (this.loopBox.checked) {
        this.player.stop();
        this.player = null;
        this.#setFrame(start);
        this.play();
      } else {
        this.goTo(Math.min(last, this.videoFrames));
      }
    };
    const show = (frame, source, rates) => {
      if (this.player === null || this.closed) return;
      if (frame > last) return end();
      this.#setFrame(frame);
      for (const {table, face} of this.#drawnFaces()) {
        table.overlays.get(table.overlayKey(face, frame)).catch((error) => this.#trouble(error));
        if (frame + overlayBlock / 2 <= this.count)
          table.overlays.get(table.overlayKey(face, frame + overlayBlock / 2)).catch(() => {});
        if (this.shown.mesh && table.info.overlay.mesh)
          table.meshes.get(`${face}:${frame}`).catch(() => {});
      }
      if (source) this.stage.show(frame, source, this.#layersOf(frame), reason !== '');
      if (rates) this.#sayRates(rates, reason);
    };
    if (reason === '') {
      this.player = this.browserPlayer;
      try {
        await this.browserPlayer.start(from, this.speed, show, end);
        return;
      } catch (error) {
        if (this.player !== this.browserPlayer) return;
        this.browserPlayer.stop();
        this.browserReady = Promise.resolve(`the browser did not play it (${error.message})`);
      }
    }
    this.player = new FramePlayer(this.times, (frame) => this.pictures.get(frame));
    this.player.start(from, this.speed, show, end).catch((error) => {
      this.#trouble(error);
      this.pause();
    });
  }

  // Without a video the cursor moves by the clock.
  #playData() {
    const [start, last] = this.#playRange();
    const player = (this.player = new FramePlayer(this.times, async () => null));
    this.#playState(true);
    player.start(
      this.frame >= last ? start : this.frame,
      this.speed,
      (frame) => {
        if (this.player !== player) return;
        if (frame > last)
          return this.loopBox.checked
            ? (player.stop(), (this.player = null), this.#setFrame(start), this.#playData())
            : this.goTo(last);
        this.#setFrame(frame);
      },
      () => this.goTo(last),
    );
  }

  // A selection around the cursor is played alone.
  #playRange() {
    const {selection} = this;
    return selection && this.frame >= selection.from && this.frame <= selection.to
      ? [selection.from, selection.to]
      : [1, this.count];
  }

  #sayRates({shown, wanted}, reason) {
    const now = performance.now();
    if (now - (this.saidAt ?? 0) < 500) return;
    this.saidAt = now;
    this.playText.hidden = false;
    this.playText.textContent = `Frames from the viewer: ${Math.round(Math.min(shown, wanted))} of ${Math.round(wanted)} a second`;
    this.playText.title = [reason, this.sequential].filter(Boolean).join('; ');
  }

  #playState(on) {
    this.playButton.replaceChildren(icon(on ? 'pause' : 'play'));
    this.playButton.setAttribute('aria-label', on ? 'Pause' : 'Play');
    this.element.dataset.playing = String(on);
    if (this.playText) this.playText.hidden = true;
  }

  pause() {
    if (!this.player) return;
    this.player.stop();
    this.player = null;
    this.#playState(false);
  }

  setSpeed(speed) {
    this.speed = speed;
    this.speedChoice.value = String(speed);
    this.player?.setSpeed?.(speed);
  }

  changeSpeed(by) {
    const index = Math.min(speeds.length - 1, Math.max(0, speeds.indexOf(this.speed) + by));
    this.setSpeed(speeds[index]);
    announce(`Speed ${speeds[index]}`);
  }

  chooseRow(key, {quiet = false} = {}) {
    const row = this.rowLookup.find((r) => r.key === key);
    if (!row) return;
    this.timeline.choose(key);
    this.unit = row.unit;
    if (row.unit) this.eventsPanel.setUnit(row.unit);
    this.timeline.setEvents(this.#unitEvents());
    this.comparePanel?.fill();
    if (!quiet) announce(`${row.label} ${row.meaning}`);
  }

  #unitEvents() {
    return this.events.filter((event) => event.unit === this.unit);
  }

  moveRow(by) {
    const rows = this.timeline.shownRows;
    const index = rows.findIndex((row) => row.key === this.timeline.chosen);
    const next = rows[Math.min(rows.length - 1, Math.max(0, index + by))];
    if (next) this.chooseRow(next.key);
  }

  async #loadFace() {
    const {table} = this;
    if (this.info.faces.length === 0) return;
    const face = table.face;
    try {
      const [events, rows] = await Promise.all([
        json(`${table.path}/events?${query({face})}`),
        table.rows(face),
      ]);
      if (this.closed || table.face !== face) return;
      this.events = events.sort((a, b) => a.first - b.first);
      this.rowLists[0] = rows;
      this.eventsPanel.setEvents(this.events);
      this.eventsPanel.setFrame(this.frame);
      this.timeline.setEvents(this.#unitEvents());
      this.element.dataset.face = String(face);
    } catch (error) {
      this.#trouble(error);
    }
  }

  chooseFace(id) {
    if (id === this.table.face || this.compared) return;
    this.table.face = id;
    this.#fillFaces();
    this.timeline.reload();
    this.#showValues(this.frame);
    this.#loadFace();
    this.#redrawPicture();
    this.#showSelection(false);
    announce(this.#faceName(id));
  }

  async nameFace(id) {
    const input = el('input', {type: 'text', id: 'face-name', value: this.names?.get(id) ?? ''});
    const choice = await ask(
      `Name of face ${id}`,
      [
        el('label', {
          for: 'face-name',
          text: 'Name (kept as a note in the marks file; empty: none)',
        }),
        input,
      ],
      ['Save', 'Cancel'],
    );
    const face = this.info.faces.find((f) => f.id === id);
    if (choice === 'Save' && face)
      this.marksFile.edit((marks) => marks.nameFace(id, input.value, this.#placeOf(1, this.count)));
  }

  nextEvent(direction) {
    if (!this.unit) return announce('This row has no events');
    const events = this.#unitEvents();
    const event =
      direction > 0
        ? events.find((e) => e.first > this.frame)
        : events.findLast((e) => e.first < this.frame);
    if (!event) return announce(`No ${direction > 0 ? 'later' : 'earlier'} event of ${this.unit}`);
    this.goTo(event.first);
  }

  #blinks(from, to) {
    if (!this.info.units.some((unit) => unit.name === 'AU45')) return null;
    return this.events.filter(
      (event) => event.unit === 'AU45' && event.first >= from && event.first <= to,
    ).length;
  }

  // The next or previous frame in which the face was not followed, or that has no row.
  async nextFailure(direction) {
    const success = this.info.columns.find((column) => column.group === 'success')?.name;
    const bad = (column, i) => !(column.low[i] > 0.5);
    let [from, to] = direction > 0 ? [this.frame + 1, this.count] : [1, this.frame - 1];
    const missing = this.#nextGap(this.rowLists[0], direction);
    if (!success || from > to)
      return missing === null ? announce('No other frame without success') : this.goTo(missing);
    try {
      while (from <= to) {
        const points = Math.min(mostSearched, to - from + 1);
        const column = (await this.table.columns(this.table.face, from, to, points, [success])).get(
          success,
        );
        const n = column.low.length;
        let found = -1;
        for (let j = 0; j < n && found < 0; ++j) {
          const i = direction > 0 ? j : n - 1 - j;
          if (bad(column, i)) found = i;
        }
        if (found < 0)
          return missing === null ? announce('No other frame without success') : this.goTo(missing);
        const width = (to - from + 1) / n;
        if (n === to - from + 1) {
          const frame = from + found;
          const nearer = missing !== null && (direction > 0 ? missing < frame : missing > frame);
          return this.goTo(nearer ? missing : frame);
        }
        // One more on both sides, because how a range is cut is the server's affair.
        [from, to] = [
          Math.max(from, Math.floor(from + found * width) - 1),
          Math.min(to, Math.ceil(from + (found + 1) * width) + 1),
        ];
      }
    } catch (error) {
      this.#trouble(error);
    }
  }

  // The nearest frame without a row, null if all have one.
  #nextGap(rows, direction) {
    const n = rows.length / 2;
    if (direction > 0) {
      let next = this.frame + 1;
      let i = 0;
      while (i < n && rows[2 * i] < next) ++i;
      for (; i < n && rows[2 * i] === next; ++i) ++next;
      return next <= this.count ? next : null;
    }
    let next = this.frame - 1;
    let i = n - 1;
    while (i >= 0 && rows[2 * i] > next) --i;
    for (; i >= 0 && rows[2 * i] === next; --i) --next;
    return next >= 1 ? next : null;
  }

  select(selection) {
    this.selection = selection;
    this.timeline.setSelection(selection);
    this.#showSelection();
  }

  selectFrom(edge) {
    const old = this.selection;
    if (edge === 'from')
      this.select({from: this.frame, to: old && old.to >= this.frame ? old.to : this.frame});
    else this.select({from: old && old.from <= this.frame ? old.from : this.frame, to: this.frame});
  }

  #showSelection(open = true) {
    const {selection} = this;
    this.selectionPanel.show(selection, null);
    clearTimeout(this.selectionTimer);
    if (!selection) return;
    this.csvLink.href = `${this.table.path}/rows.csv?${query(selection)}`;
    if (open) this.side.choose('selection');
    if (this.info.faces.length === 0) return;
    this.selectionTimer = setTimeout(async () => {
      try {
        const numbers = await json(
          `${this.table.path}/selection?${query({face: this.table.face, ...selection})}`,
        );
        if (this.closed || this.selection !== selection) return;
        this.selectionPanel.show(selection, numbers);
        announce(`${count(selection.to - selection.from + 1)} frames selected`);
      } catch (error) {
        this.#trouble(error);
      }
    }, 150);
  }

  zoomToSelection() {
    if (!this.selection) return;
    const margin = Math.max(2, Math.round(0.05 * (this.selection.to - this.selection.from + 1)));
    this.timeline.showFrames(
      Math.max(1, this.selection.from - margin),
      Math.min(this.count, this.selection.to + margin),
    );
  }

  #placeOf(first, last) {
    return {first, last, start_s: this.times.of(first), end_s: this.times.end(last)};
  }

  async addMark(kind) {
    if (!this.marksFile.writable) return announce('Marks can be read only');
    this.pause();
    const range = kind === 'point' ? null : this.selection;
    if (kind === 'exclude' && !range) {
      this.side.choose('marks');
      return this.#hint(
        'Select the range to exclude first: drag over the ruler, or press [ and ].',
      );
    }
    const place = range
      ? this.#placeOf(range.from, range.to)
      : this.#placeOf(this.frame, this.frame);
    let label = '';
    if (kind !== 'exclude') {
      const labels = [
        ...new Set(
          this.marksFile.marks.list
            .filter((mark) => mark.kind === kind && mark.label)
            .map((mark) => mark.label),
        ),
      ];
      const input = el('input', {
        type: 'text',
        id: 'mark-text',
        list: 'mark-texts',
        autocomplete: 'off',
      });
      const choice = await ask(
        `${{label: 'Label', point: 'Point', note: 'Note'}[kind]} at frames ${place.first} to ${place.last}`,
        [
          el('label', {for: 'mark-text', text: kind === 'note' ? 'Note' : 'Tag or task'}),
          input,
          el(
            'datalist',
            {id: 'mark-texts'},
            labels.map((value) => el('option', {value})),
          ),
        ],
        ['Save', 'Cancel'],
      );
      if (choice !== 'Save') return;
      label = input.value;
    }
    this.side.choose('marks');
    this.marksFile.edit((marks) => marks.add({...place, kind, label}));
  }

  #hint(text) {
    announce(text);
    this.marksPanel.state.textContent = text;
  }

  #marksChanged() {
    // Events and the numbers of a selection leave out excluded ranges; the program that counts them
    // reads the file.
    const left = JSON.stringify(this.marksFile.saved.filter((mark) => mark.kind === 'exclude'));
    if (this.marksFile.state !== 'loading' && left !== this.leftOut) {
      if (this.leftOut !== undefined) {
        this.#loadFace();
        this.#showSelection(false);
      }
      this.leftOut = left;
    }
    this.timeline.setMarks(this.marksFile.marks.list);
    this.names = faceNames(this.marksFile.marks.list);
    this.#fillFaces();
    this.#redrawPicture();
  }

  #fileName(what, ending) {
    const stem = (this.info.name || 'result').replace(/\.csv$/i, '');
    return `${stem}_${what}.${ending}`;
  }

  async exportPicture(format) {
    this.exportMenu.open = false;
    const {stage} = this;
    if (!stage?.source) return announce('There is no picture yet');
    try {
      const name = this.#fileName(`frame${stage.frame}`, format);
      if (format === 'png') download(name, await picturePng(stage));
      else
        download(
          name,
          new Blob([pictureSvg(stage, `${this.video.name}, frame ${stage.frame}`)], {
            type: 'image/svg+xml',
          }),
        );
    } catch (error) {
      this.#trouble(error);
    }
  }

  async exportTimeline(format) {
    this.exportMenu.open = false;
    try {
      const title =
        this.infos.map((one) => one.name).join(' and ') +
        (this.info.faces.length > 1 ? `, ${this.#faceName(this.table.face)}` : '');
      const {svg, width, height} = timelineSvg(this.timeline, title);
      if (format === 'svg')
        download(this.#fileName('timeline', 'svg'), new Blob([svg], {type: 'image/svg+xml'}));
      else download(this.#fileName('timeline', 'png'), await rasterised(svg, width, height));
    } catch (error) {
      this.#trouble(error);
    }
  }

  get title() {
    return this.infos.map((one) => one.name).join(' / ');
  }

  restyle() {
    this.timeline.restyle();
    this.timeline.redraw();
  }

  bindings() {
    return videoKeys(this);
  }

  close() {
    this.closed = true;
    this.pause();
    clearTimeout(this.addressTimer);
    clearTimeout(this.prefetchTimer);
    clearTimeout(this.selectionTimer);
    this.timeline.close();
    this.stage?.close();
    this.pictures.clear();
  }
}
