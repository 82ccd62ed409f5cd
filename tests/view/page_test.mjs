// What a person does in the page: study, keys, marks, comparison, export, trouble; and whether
// everybody can.
import test, {after, before} from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {landmarkX, makeClip, makeMesh, makeTable, pauseTime} from './clips.mjs';
import {
  axeSource,
  downloaded,
  launchBrowser,
  openPage,
  readable,
  startViewer,
  temporaryFolder,
} from './viewer.mjs';

const count = 90;
const rows = 200000;
let folder, browser, viewer, ids;

// A table of many rows without landmarks.
function makeLongTable(file) {
  const parts = [
    'frame, face_id, timestamp, confidence, success, AU01_r, AU04_r, AU12_r, AU45_r, AU01_c, AU04_c, AU12_c, AU45_c\n',
  ];
  for (let n = 1; n <= rows; ++n) {
    const on = n % 500 < 60 ? 1 : 0;
    const ok = n === 150000 ? 0 : 1;
    parts.push(
      `${n}, 0, ${((n - 1) / 25).toFixed(3)}, 0.98, ${ok}, ${(n % 100) / 20}, ${on * 2}, ${(n % 500) / 100}, 0, 0, ${on}, ${n % 1000 > 500 ? 1 : 0}, 0\n`,
    );
  }
  fs.writeFileSync(file, parts.join(''));
}

before(async () => {
  folder = temporaryFolder();
  const at = (...parts) => {
    const file = path.join(folder, ...parts);
    fs.mkdirSync(path.dirname(file), {recursive: true});
    return file;
  };
  makeTable(at('one', 'clip.csv'), count);
  makeClip(path.join(folder, 'one'), 'mp4 with B-frames and edit list', count);
  makeTable(at('two', 'clip.csv'), count, {faces: 2});
  fs.copyFileSync(path.join(folder, 'one', 'clip.mp4'), at('two', 'clip.mp4'));
  // Another tool's numbers of the same video: a frown where the first has none.
  const other = fs
    .readFileSync(path.join(folder, 'one', 'clip.csv'), 'utf8')
    .split('\n')
    .map((line) =>
      /^(6\d|7\d), /.test(line)
        ? line.replace(/, 0, (\d\.\d+), (\d), 0, (\d), (\d)$/, ', 3.5, $1, $2, 1, $3, $4')
        : line,
    )
    .join('\n');
  fs.writeFileSync(at('three', 'clip.csv'), other);
  fs.copyFileSync(path.join(folder, 'one', 'clip.mp4'), at('three', 'clip.mp4'));
  makeTable(at('alone', 'alone.csv'), count);
  makeTable(at('damaged', 'damaged.csv'), count);
  fs.writeFileSync(at('damaged', 'damaged.mp4'), Buffer.alloc(20000, 7));
  makeTable(at('short', 'short.csv'), 120);
  fs.copyFileSync(path.join(folder, 'one', 'clip.mp4'), at('short', 'short.mp4'));
  fs.writeFileSync(
    at('bad', 'failed.manifest.json'),
    JSON.stringify({auriga: '0.9.0', status: 'complete'}),
  );
  makeTable(at('changed', 'clip.csv'), count);
  fs.copyFileSync(path.join(folder, 'one', 'clip.mp4'), at('changed', 'clip.mp4'));
  fs.writeFileSync(
    at('changed', 'clip.manifest.json'),
    JSON.stringify({
      auriga: '0.9.0',
      status: 'complete',
      input: {path: 'clip.mp4', size_bytes: 12345},
    }),
  );
  makeTable(at('bad', 'partial.csv'), 40);
  fs.writeFileSync(
    at('bad', 'partial.manifest.json'),
    JSON.stringify({
      auriga: '0.9.0',
      status: 'partial',
      partial_reason: 'it was ended at frame 40',
    }),
  );
  fs.writeFileSync(
    at('empty', 'empty.csv'),
    'frame, face_id, timestamp, confidence, success, AU12_r, AU12_c\n',
  );
  makeLongTable(at('long', 'long.csv'));
  makeTable(at('pause', 'pause.csv'), count, {time: pauseTime});
  makeClip(path.join(folder, 'pause'), 'webm with a changing rate and a pause', count);
  makeTable(at('mesh', 'clip.csv'), count);
  fs.copyFileSync(path.join(folder, 'one', 'clip.mp4'), at('mesh', 'clip.mp4'));
  makeMesh(at('mesh', 'clip_mesh.csv'), count);
  fs.writeFileSync(
    at('mesh', 'clip.manifest.json'),
    JSON.stringify({
      auriga: '0.9.0',
      status: 'complete',
      input: {path: 'clip.mp4'},
      written: [
        {path: 'clip_mesh.csv', size_bytes: fs.statSync(at('mesh', 'clip_mesh.csv')).size},
      ],
    }),
  );
  viewer = await startViewer(folder);
  browser = await launchBrowser();
  const page = await openPage(browser, viewer);
  const results = await page.evaluate(
    async () => (await (await fetch('/api/study')).json()).results,
  );
  ids = Object.fromEntries(results.map((result) => [`${result.folder}/${result.name}`, result.id]));
  await page.context().close();
});

after(async () => {
  await browser?.close();
  await viewer?.stop();
  fs.rmSync(folder, {recursive: true, force: true});
});

async function openResult(name, {frame = 1, ...more} = {}) {
  const page = await openPage(browser, viewer, {
    hash: `#/video/${ids[name]}?frame=${frame}`,
    ...more,
  });
  await page.waitForSelector(`.timeline[data-values="${frame}"][data-loaded]`, {timeout: 60000});
  await readable(page);
  return page;
}

// Until nothing about the video arrives any more: its index, its times, how it is played. Before that
// a window in time may be another one in frames.
const videoKnown = (page) =>
  page.waitForSelector('.video-view[data-player]', {state: 'attached', timeout: 60000});
// Until the marks are read, after which the panel says so.
const marksKnown = (page) =>
  page.waitForSelector('#panel-marks > div[data-state="saved"]', {state: 'attached'});

// No error on the console but those that a test provokes, no request elsewhere.
async function closeClean(page, provoked = /$^/) {
  const trouble = page.trouble.filter((text) => !provoked.test(text));
  await page.context().close();
  assert.deepEqual(trouble, []);
}

const frameOf = (page) =>
  page.evaluate(() => Number(document.querySelector('.cursor').getAttribute('aria-valuenow')));
const marksFile = (name) => path.join(folder, name);

async function eventually(what, check, limit = 8000) {
  const begun = Date.now();
  for (;;) {
    const found = await check();
    if (found) return found;
    if (Date.now() - begun > limit) assert.fail(`${what} did not come about`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

test('study: failed and partial ones on top, search, filter, order, small timelines', async () => {
  const page = await openPage(browser, viewer);
  await page.waitForSelector('.study-table tbody tr');
  const names = () =>
    page.$$eval('.study-table tbody tr', (all) =>
      all.map((row) => row.querySelector('th')?.textContent),
    );
  await eventually(
    'tables are read',
    async () => (await page.$$('.study-table td:text("…")')).length === 0,
    60000,
  );
  const all = await names();
  assert.equal(all.length, Object.keys(ids).length);
  const trouble = await page.$$eval('.study-table tbody tr', (list) =>
    list.map((row) => row.classList.contains('failed') || row.classList.contains('partial')),
  );
  assert.ok(trouble[0]);
  assert.ok(trouble.indexOf(false) === trouble.filter(Boolean).length, trouble.join());
  await page.keyboard.press('/');
  await page.keyboard.type('long.csv');
  assert.deepEqual(await names(), ['long/long.csv']);
  await eventually('the small timeline is drawn', () =>
    page.evaluate(() => {
      const canvas = document.querySelector('canvas.small');
      return (
        canvas &&
        canvas
          .getContext('2d')
          .getImageData(0, 0, canvas.width, canvas.height)
          .data.some((v) => v > 0)
      );
    }),
  );
  await page.getByLabel('Search').fill('');
  await page.getByLabel('Show').selectOption('trouble');
  assert.ok(
    (await names()).every((name) => /bad|empty/.test(name)),
    (await names()).join(),
  );
  await page.getByLabel('Show').selectOption('');
  await page.getByRole('button', {name: 'Length'}).click();
  await page.getByRole('button', {name: 'Length'}).click();
  assert.equal(await page.getAttribute('th[aria-sort="descending"]', 'aria-sort'), 'descending');
  const healthy = (await names()).filter((name) => !/bad|empty/.test(name));
  assert.equal(healthy[0], 'long/long.csv');
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.video-view, .failure');
  await page.keyboard.press('u');
  await page.waitForSelector('.study-table');
  await closeClean(page, /409/);
});

test('every key of the help does what the help says', async () => {
  const page = await openResult('two/clip.csv');
  await videoKnown(page);
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const at = async (frame, what) =>
    eventually(`${what}: frame ${frame}`, async () => (await frameOf(page)) === frame).catch(
      async () => assert.fail(`${what}: expected frame ${frame}, found ${await frameOf(page)}`),
    );
  const view = () =>
    page.evaluate(() => document.querySelector('.stage').dataset.view.split(' ').map(Number));
  const range = () => page.evaluate(() => document.querySelector('.range-text').textContent);
  const row = () => page.getAttribute('.row.chosen', 'data-row');
  const tested = new Set();
  const did = (...keys) => keys.forEach((key) => tested.add(key));

  await press('ArrowRight');
  await at(2, '→');
  await press('ArrowLeft');
  await at(1, '←');
  await press('ArrowLeft');
  await at(1, '← at the first frame');
  await press('Shift+ArrowRight');
  await at(11, 'Shift →');
  await press('Shift+ArrowLeft');
  await at(1, 'Shift ←');
  await press('PageDown');
  await at(26, 'Page Down');
  await press('PageUp');
  await at(1, 'Page Up');
  await press('End');
  await at(count, 'End');
  await press('Home');
  await at(1, 'Home');
  await press('g');
  await page.keyboard.type('33');
  await press('Enter');
  await at(33, 'g');
  await press('Home');
  did(
    'ArrowRight',
    'ArrowLeft',
    'Shift+ArrowRight',
    'Shift+ArrowLeft',
    'PageDown',
    'PageUp',
    'End',
    'Home',
    'g',
  );

  await press('ArrowDown');
  const below = await row();
  await press('ArrowUp');
  const above = await row();
  assert.notEqual(below, above);
  while ((await row()) !== 'AU04') await press('ArrowDown');
  await eventually(
    'events are there',
    async () => (await page.$$('.events tbody tr')).length === 2,
  );
  await press('n');
  await at(10, 'n');
  await press('n');
  await at(40, 'n, n');
  await press('n');
  await at(40, 'n after the last event');
  await press('p');
  await at(10, 'p');
  await press('Home', 'e');
  await at(25, 'e');
  await press('e');
  await at(25, 'e after the last failure');
  await press('End', 'E');
  await at(25, 'E');
  did('ArrowUp', 'ArrowDown', 'n', 'p', 'e', 'E');

  await press('2');
  assert.equal(
    await page.getAttribute('.face button[aria-pressed="true"] >> nth=0', 'aria-pressed'),
    'true',
  );
  assert.match(await page.textContent('.face button[aria-pressed="true"]'), /Face 1/);
  await press('1');
  assert.match(await page.textContent('.face button[aria-pressed="true"]'), /Face 0/);
  did('1', '2');

  await press('Home');
  const whole = await range();
  await press('+');
  const closer = await range();
  assert.notEqual(closer, whole);
  await press('.');
  assert.notEqual(await range(), closer);
  await press(',');
  assert.equal(await range(), closer);
  await press('-');
  assert.equal(await range(), whole);
  await press('=');
  assert.equal(await range(), closer);
  await press('0');
  assert.equal(await range(), whole);
  did('+', '=', '-', '0', ',', '.');

  const [scale] = await view();
  await press('z', 'z');
  assert.ok((await view())[0] > 1.9 * scale);
  const x = (await view())[1];
  await press('d');
  assert.ok((await view())[1] < x);
  await press('a');
  assert.ok(Math.abs((await view())[1] - x) < 1);
  const y = (await view())[2];
  await press('s');
  assert.ok((await view())[2] < y);
  await press('w');
  assert.ok(Math.abs((await view())[2] - y) < 1);
  await press('Z');
  assert.ok((await view())[0] < 1.5 * scale);
  await press('z', 'z', 'r');
  assert.equal((await view())[0], scale);
  did('z', 'Z', 'r', 'a', 'd', 'w', 's');
  await page.evaluate(() => window.auriga.settled(null));
  assert.notEqual(await page.evaluate(() => window.auriga.overlayX()), null);
  await press('h');
  await eventually('h hides the overlay', () =>
    page.evaluate(() => window.auriga.overlayX() === null),
  );
  await press('h');
  await eventually('h shows it again', () =>
    page.evaluate(() => window.auriga.overlayX() !== null),
  );
  did('h');

  await press('Home', 'Shift+ArrowRight', '[', 'ArrowRight', 'ArrowRight', ']');
  assert.match(await page.textContent('#panel-selection p'), /Frames 11 to 13: 3 frames/);
  await press('v');
  assert.notEqual(await range(), whole);
  await press('Escape');
  assert.match(await page.textContent('#panel-selection p'), /Nothing is selected/);
  await press('0');
  did('[', ']', 'v', 'Escape');
  await press('<');
  assert.equal(await page.getByLabel('Speed').inputValue(), '0.75');
  await press('>', '>');
  assert.equal(await page.getByLabel('Speed').inputValue(), '1.5');
  // So slow that it does not end before it is seen to play.
  await press('<', '<', '<', '<');
  await press('Home', 'Space');
  await eventually('it plays', async () => (await frameOf(page)) > 5);
  await press('Space');
  assert.equal(await page.getAttribute('.video-view', 'data-playing'), 'false');
  did('<', '>', 'Space');
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme ?? 'auto');
  await press('t');
  assert.equal(await theme(), 'light');
  await press('t');
  assert.equal(await theme(), 'dark');
  await press('t');
  assert.equal(await theme(), 'auto');
  // Marks have tests of their own below.
  did('t', 'u', '?', 'x', 'l', 'm', 'o', 'Ctrl+z', 'Ctrl+Shift+z', 'Ctrl+y');
  await press('?');
  assert.doesNotMatch(await page.textContent('body'), /\[object|undefined|NaN/);
  const shown = {
    '←': 'ArrowLeft',
    '→': 'ArrowRight',
    '↑': 'ArrowUp',
    '↓': 'ArrowDown',
    Esc: 'Escape',
    'Page Up': 'PageUp',
    'Page Down': 'PageDown',
  };
  const listed = (
    await page.$$eval('dialog.help kbd', (all) => all.map((kbd) => kbd.textContent))
  ).map((text) =>
    text === '+'
      ? text
      : text
          .split(' + ')
          .map((part) => shown[part] ?? part)
          .join('+'),
  );
  assert.ok(listed.length > 45, listed.join(' '));
  assert.deepEqual(
    listed.filter((key) => !tested.has(key)),
    [],
    'keys of the help that no test presses',
  );
  await press('Escape');
  await eventually('the help closes', async () => (await page.$('dialog')) === null);
  await closeClean(page);
});

test('marks: made by keys, saved at once, still there after a reload, undone and done again', async () => {
  const page = await openResult('one/clip.csv', {frame: 10});
  const file = marksFile('one/clip.marks.csv');
  const saved = (wanted) =>
    eventually(
      `${wanted} marks in the file`,
      () =>
        fs.existsSync(file) &&
        fs.readFileSync(file, 'utf8').trim().split('\n').length - 1 === wanted,
    );
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  await marksKnown(page);
  await press('x');
  assert.match(await page.textContent('#panel-marks .state'), /Select the range/);
  await press('[', 'Shift+ArrowRight', ']', 'x');
  await saved(1);
  await press('l');
  await page.keyboard.type('smile, "wide"');
  await press('Enter');
  await saved(2);
  await press('Escape', 'ArrowRight', 'm');
  await page.keyboard.type('start');
  await press('Enter');
  await saved(3);
  await press('o');
  await page.keyboard.type('<b>looks away</b>');
  await press('Enter');
  await saved(4);
  await page.reload();
  await page.waitForSelector('.timeline[data-loaded]');
  const listed = () =>
    page.$$eval('#panel-marks tbody tr', (all) =>
      all.map((row) => [
        row.dataset.kind,
        Number(row.dataset.first),
        Number(row.dataset.last),
        row.querySelector('.mark-text').textContent,
      ]),
    );
  await eventually('the marks are there again', async () => (await listed()).length === 4);
  assert.deepEqual(await listed(), [
    ['exclude', 10, 20, ''],
    ['label', 10, 20, 'smile, "wide"'],
    ['point', 21, 21, 'start'],
    ['note', 21, 21, '<b>looks away</b>'],
  ]);
  await page.getByRole('tab', {name: 'Marks'}).click();
  await page.getByRole('button', {name: 'Remove mark 1'}).click();
  await saved(3);
  await page.evaluate(() => document.activeElement.blur());
  await press('Control+z');
  await saved(4);
  await press('Control+Shift+z');
  await saved(3);
  await press('Control+z');
  await saved(4);
  await press('Control+y');
  await saved(3);
  assert.deepEqual(
    (await listed()).map((mark) => mark[0]),
    ['label', 'point', 'note'],
  );
  for (const name of ['ELAN (.eaf)', 'BORIS (.csv)']) {
    const link = page.getByRole('link', {name});
    const answer = await page.evaluate(
      async (href) => {
        const r = await fetch(href);
        return [r.status, (await r.text()).length];
      },
      await link.getAttribute('href'),
    );
    assert.equal(answer[0], 200, name);
    assert.ok(answer[1] > 40, name);
  }
  await closeClean(page);
});

test('marks: excluded frames are left out of events and of the numbers of a selection', async () => {
  const page = await openResult('three/clip.csv', {frame: 1});
  await marksKnown(page);
  await page.locator('[data-row="AU04"] .row-label').click();
  const events = () => page.$$eval('.events tbody tr', (all) => all.length);
  await eventually('events', async () => (await events()) === 3);
  await page.evaluate(() => window.auriga.jump(8));
  await page.evaluate(() => document.activeElement.blur());
  for (const key of ['[', 'Shift+ArrowRight', 'Shift+ArrowRight', ']', 'x'])
    await page.keyboard.press(key);
  await eventually('one event less', async () => (await events()) === 2);
  await page.getByRole('tab', {name: 'Selection'}).click();
  await eventually('the selection says what it leaves out', async () =>
    /21 excluded rows left out/.test(await page.textContent('#panel-selection p')),
  );
  await closeClean(page);
});

test('marks in two windows: the later one is told, and both are kept', async () => {
  fs.rmSync(marksFile('two/clip.marks.csv'), {force: true});
  const first = await openResult('two/clip.csv', {frame: 5});
  const second = await openResult('two/clip.csv', {frame: 50});
  await marksKnown(first);
  await marksKnown(second);
  const point = async (page, text) => {
    await page.keyboard.press('m');
    await page.keyboard.type(text);
    await page.keyboard.press('Enter');
  };
  await point(first, 'from the first');
  await first.waitForSelector('#panel-marks > div[data-state="saved"] tr[data-first="5"]', {
    state: 'attached',
  });
  await point(second, 'from the second');
  await second.waitForSelector('#panel-marks .notice:not([hidden])');
  assert.match(
    await second.textContent('#panel-marks .notice'),
    /changed elsewhere.*Only here: point 50–50 from the second.*Only in the file: point 5–5 from the first/s,
  );
  await second.getByRole('button', {name: 'Keep both'}).click();
  await eventually('both are in the file', () => {
    const text = fs.readFileSync(marksFile('two/clip.marks.csv'), 'utf8');
    return /from the first/.test(text) && /from the second/.test(text);
  });
  await closeClean(first);
  await closeClean(second, /409/);
});

test('faces have names, which are saved with the marks', async () => {
  const page = await openResult('two/clip.csv', {frame: 50});
  await marksKnown(page);
  await page.getByRole('button', {name: 'Name Face 0'}).click();
  await page.keyboard.type('Anna');
  await page.keyboard.press('Enter');
  await page.getByRole('button', {name: 'Anna', exact: true}).waitFor();
  await eventually('the name is in the file', () =>
    /face 0: Anna/.test(fs.readFileSync(marksFile('two/clip.marks.csv'), 'utf8')),
  );
  await closeClean(page);
});

test('events, timeline and picture lead to each other', async () => {
  const page = await openResult('one/clip.csv');
  await page.locator('[data-row="AU04"] .row-label').click();
  await page.getByRole('tab', {name: 'Events'}).click();
  await eventually(
    'the list is that of the row',
    async () => (await page.$$('.events tbody tr')).length > 0,
  );
  await page.locator('.events tbody tr[data-first="40"] button').first().click();
  assert.equal(await frameOf(page), 40);
  assert.equal(await page.getAttribute('.events tbody tr.at', 'data-first'), '40');
  await page.getByLabel('Events of').selectOption('AU45');
  assert.equal(await page.getAttribute('.row.chosen', 'data-row'), 'AU45');
  // A click in the timeline: the middle of the plot is the middle of the video.
  const box = await page.locator('.layer').boundingBox();
  const area = await page.locator('.timeline-scroll').boundingBox();
  const yOf = area.y + 120;
  await page.mouse.click(box.x + (box.width * (60.5 - 0.5)) / count, yOf);
  assert.ok(Math.abs((await frameOf(page)) - 60) <= 1);
  // Dragging over the ruler selects.
  await page.mouse.move(box.x + box.width * 0.2, area.y + 10);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.3, area.y + 10, {steps: 4});
  await page.mouse.up();
  assert.match(await page.textContent('#panel-selection p'), /Frames (18|19) to (27|28)/);
  await eventually(
    'numbers of the selection',
    async () => (await page.$$('#panel-selection tbody tr')).length >= 3,
  );
  await closeClean(page);
});

test('the timeline is linear in time, whatever the frame rate, and a pause is empty', async () => {
  const page = await openResult('pause/pause.csv');
  const whole = pauseTime(count) + 1 / 25;
  const layer = await page.locator('.layer').boundingBox();
  const xOf = (seconds) => layer.x + (seconds / whole) * layer.width;
  const middle = (frame) => {
    // After frame 50 nothing is known for 2.4 s: it lasts as long as those before it.
    const end = frame === 50 ? pauseTime(50) + 3 / 25 : pauseTime(frame + 1);
    return (pauseTime(frame) + end) / 2;
  };
  const cursorX = () =>
    page.evaluate(() => {
      const box = document.querySelector('.cursor').getBoundingClientRect();
      return box.left + box.width / 2;
    });
  const go = (frame) => page.evaluate((f) => window.auriga.jump(f), frame);
  await eventually('the index of the video is complete', async () => {
    await go(count);
    return Math.abs((await cursorX()) - xOf(middle(count))) < 2;
  });
  for (const frame of [1, 17, 30, 31, 40, 50, 51, 89]) {
    const state = await go(frame);
    assert.equal(state.picture, frame);
    const [found, wanted] = [await cursorX(), xOf(middle(frame))];
    assert.ok(Math.abs(found - wanted) < 2, `frame ${frame} is at ${found}, expected ${wanted}`);
  }
  // What is clicked is the frame that is shown then, in the pause the nearer one.
  const area = await page.locator('.timeline-scroll').boundingBox();
  for (const [seconds, frame] of [
    [0.5, 13],
    [3.0, 46],
    [4.0, 50],
    [5.5, 51],
    [6.22, 56],
  ]) {
    await page.mouse.click(xOf(seconds), area.y + 120);
    await page.evaluate(() => window.auriga.settled(null));
    const state = await page.evaluate(() => window.auriga.state());
    assert.deepEqual([state.cursor, state.picture], [frame, frame], `${seconds} s`);
  }
  // The curve is there before and after the pause, and not within.
  const drawn = (from, to) =>
    page.evaluate(
      ([a, b]) => {
        const canvas = document.querySelector('[data-row="AU12"] canvas');
        const [left, right] = [a, b].map((share) => Math.round(share * canvas.width));
        const {data} = canvas
          .getContext('2d', {willReadFrequently: true})
          .getImageData(left, 0, right - left, canvas.height);
        let n = 0;
        for (let i = 3; i < data.length; i += 4) if (data[i] > 0) ++n;
        return n;
      },
      [from / whole, to / whole],
    );
  await eventually('the curve before the pause', async () => (await drawn(2.2, 3.5)) > 50);
  await eventually('the curve after the pause', async () => (await drawn(6.1, 7.4)) > 50);
  assert.equal(await drawn(3.75, 5.9), 0);
  // A selection has whole frames, at their times, and so has a window.
  await page.mouse.move(xOf(3.0), area.y + 10);
  await page.mouse.down();
  await page.mouse.move(xOf(6.22), area.y + 10, {steps: 4});
  await page.mouse.up();
  assert.match(await page.textContent('#panel-selection p'), /Frames 46 to 56/);
  const selected = await page.locator('.selected').boundingBox();
  assert.ok(Math.abs(selected.x - xOf(pauseTime(46))) < 2);
  assert.ok(Math.abs(selected.x + selected.width - xOf(pauseTime(57))) < 2);
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('Home');
  for (let i = 0; i < 3; ++i) await page.keyboard.press('+');
  await eventually('a part is shown', async () =>
    /^frames 1 to (24|25) of 90$/.test(await page.textContent('.range-text')),
  );
  await page.keyboard.press('End');
  await eventually('the window follows the cursor', async () =>
    /to 90 of 90$/.test(await page.textContent('.range-text')),
  );
  await closeClean(page);
});

test('the mesh that the run has written lies where the landmarks are', async () => {
  const page = await openResult('mesh/clip.csv', {frame: 20});
  for (const name of ['Landmarks', 'Head axes', 'Gaze', 'Eye contour']) {
    const box = page.getByLabel(name, {exact: true});
    if (await box.count()) await box.uncheck();
  }
  const overlay = () => page.evaluate(() => window.auriga.overlayX());
  assert.equal(await overlay(), null);
  await page.getByLabel('Mesh', {exact: true}).check();
  await eventually('it is drawn', async () => (await overlay()) !== null);
  for (const frame of [20, 21, 80, 1]) {
    await page.evaluate((f) => window.auriga.jump(f), frame);
    const x = await overlay();
    assert.ok(x !== null && Math.abs(x - landmarkX(frame)) < 1.5, `frame ${frame}: ${x}`);
  }
  await page.evaluate(() => window.auriga.jump(25));
  assert.equal(await overlay(), null);
  await closeClean(page);
  const without = await openResult('one/clip.csv');
  assert.equal(await without.getByLabel('Mesh', {exact: true}).count(), 0);
  await closeClean(without);
});

test('a folder without results is refused, and results that vanish are said', async () => {
  const empty = temporaryFolder();
  await assert.rejects(
    startViewer(empty),
    /ended with 3: .*expected tables of results.*found none; make some with: auriga extract/s,
  );
  fs.writeFileSync(path.join(empty, 'notes.csv'), 'a,b\n1,2\n');
  await assert.rejects(startViewer(empty), /ended with 3: .*found none/s);
  const here = path.join(empty, 'here');
  fs.mkdirSync(here);
  makeTable(path.join(here, 'clip.csv'), 30);
  fs.copyFileSync(path.join(folder, 'one', 'clip.mp4'), path.join(here, 'clip.mp4'));
  const other = await startViewer(here);
  try {
    fs.rmSync(here, {recursive: true});
    const page = await openPage(browser, other);
    await page.waitForSelector('.study-table tbody tr');
    assert.equal((await page.$$('.study-table tbody tr')).length, 1);
    await page.evaluate(() => {
      location.hash = '#/video/0';
    });
    await page.waitForSelector('.failure');
    assert.match(await page.textContent('.failure'), /clip\.csv/);
    // Not goBack(), which waits in Firefox for a page to be loaded although only the hash changes.
    await page.evaluate(() => history.back());
    await page.waitForSelector('.study-table tbody tr');
    await closeClean(page, /409/);
  } finally {
    await other.stop();
    fs.rmSync(empty, {recursive: true, force: true});
  }
});

test('200,000 rows: the cursor moves within 50 ms', async () => {
  const page = await openResult('long/long.csv');
  await page.waitForSelector('.timeline[data-loaded="1-200000"]');
  const move = (key) =>
    page.evaluate(async (name) => {
      const begun = performance.now();
      document.body.dispatchEvent(
        new KeyboardEvent('keydown', {key: name, bubbles: true, cancelable: true}),
      );
      await new Promise((resolve) =>
        requestAnimationFrame(() => {
          const channel = new MessageChannel();
          channel.port1.onmessage = resolve;
          channel.port2.postMessage(0);
        }),
      );
      return performance.now() - begun;
    }, key);
  const took = [];
  for (let i = 0; i < 60; ++i) took.push(await move(i % 7 === 6 ? 'PageDown' : 'ArrowRight'));
  // Far jumps with the mouse, to the first paint.
  const box = await page.locator('.layer').boundingBox();
  const far = [];
  for (let i = 0; i < 30; ++i) {
    const x = box.x + (box.width * ((i * 7919) % 1000)) / 1000;
    far.push(
      await page.evaluate(
        async ([clientX, clientY]) => {
          const layer = document.querySelector('.layer');
          layer.setPointerCapture = () => {};
          const begun = performance.now();
          layer.dispatchEvent(
            new PointerEvent('pointerdown', {
              clientX,
              clientY,
              button: 0,
              pointerId: 1,
              bubbles: true,
            }),
          );
          layer.dispatchEvent(
            new PointerEvent('pointerup', {
              clientX,
              clientY,
              button: 0,
              pointerId: 1,
              bubbles: true,
            }),
          );
          await new Promise((resolve) =>
            requestAnimationFrame(() => {
              const channel = new MessageChannel();
              channel.port1.onmessage = resolve;
              channel.port2.postMessage(0);
            }),
          );
          return performance.now() - begun;
        },
        [x, box.y + 150],
      ),
    );
  }
  const middle = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
  console.log(
    `# 200,000 rows: key to paint ${middle(took).toFixed(1)} ms (most ${Math.max(...took).toFixed(1)}), far click to paint ${middle(far).toFixed(1)} ms (most ${Math.max(...far).toFixed(1)})`,
  );
  assert.ok(middle(took) < 50, `${middle(took)} ms`);
  assert.ok(middle(far) < 50, `${middle(far)} ms`);
  // The row at the cursor is the right one, near and far.
  for (const frame of [1, 777, 123456, rows]) {
    await page.evaluate((f) => {
      const field = document.querySelector('.frame-number');
      field.value = f;
      field.dispatchEvent(new Event('change'));
    }, frame);
    await page.waitForSelector(`.timeline[data-values="${frame}"]`);
    assert.equal(
      await page.textContent('[data-row="AU12"] .value'),
      ((frame % 500) / 100).toFixed(2),
    );
  }
  await page.keyboard.press('Home');
  await page.keyboard.press('e');
  await eventually('the only frame without success', async () => (await frameOf(page)) === 150000);
  await closeClean(page);
});

test('two tables of one video: rows in one timeline, differences marked and listed', async () => {
  const page = await openPage(browser, viewer, {
    hash: `#/compare/${ids['one/clip.csv']}/${ids['three/clip.csv']}?frame=65`,
  });
  await page.waitForSelector('.timeline[data-values="65"][data-loaded]');
  await eventually(
    'the list of differences',
    async () => (await page.$$('#panel-compare tbody tr')).length > 3,
  );
  const listed = await page.$$eval('#panel-compare tbody tr', (all) =>
    Object.fromEntries(
      all.map((row) => [
        row.cells[0].textContent,
        [...row.cells].slice(1).map((c) => c.textContent),
      ]),
    ),
  );
  assert.equal(listed.AU12_r[0], '0.000');
  assert.equal(listed.AU04_r[1], '3.500');
  assert.equal(await page.textContent('[data-row="AU04"] .value'), '0.00 3.50');
  // The ground of the row is coloured where they differ.
  const marked = (frame) =>
    page.evaluate((f) => {
      const canvas = document.querySelector('[data-row="AU04"] .plot canvas');
      const x = Math.round(((f - 0.5) / 90) * canvas.width);
      return canvas.getContext('2d').getImageData(x, 8, 1, 1).data[3] > 0;
    }, frame);
  await eventually('the difference is marked', () => marked(65));
  assert.equal(await marked(55), false);
  await page.getByLabel('Marked where').fill('4');
  await page.getByLabel('Marked where').press('Enter');
  await eventually('it is marked no more', async () => !(await marked(65)));
  await closeClean(page);
});

test('export: PNG and SVG of picture and timeline, CSV of a selection', async () => {
  const page = await openResult('two/clip.csv', {frame: 21});
  await page.evaluate(() => window.auriga.settled(21));
  const get = (click) => downloaded(page, click);
  const item = (name) => async () => {
    await page.locator('summary', {hasText: 'Export'}).click();
    await page.getByText(name, {exact: true}).click();
  };
  const png = (bytes) => {
    assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
    return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  };
  const [name, picture] = await get(item('Picture as PNG'));
  assert.equal(name, 'clip_frame21.png');
  assert.deepEqual(png(picture), [320, 180]);
  const svg = (await get(item('Picture as SVG')))[1].toString();
  assert.match(svg, /<image href="data:image\/jpeg;base64,/);
  assert.match(svg, /<circle cx="83" cy="120"/);
  const timeline = (await get(item('Timeline as SVG')))[1].toString();
  assert.match(timeline, />AU12</);
  assert.ok((timeline.match(/<path d="M/g) ?? []).length > 8);
  assert.deepEqual(
    png((await get(item('Timeline as PNG')))[1]).map((n) => n > 200),
    [true, true],
  );
  await page.evaluate(() => document.activeElement.blur());
  for (const key of ['[', 'ArrowRight', 'ArrowRight', ']']) await page.keyboard.press(key);
  const csv = (await get(() => page.getByText('CSV of the selection').click()))[1]
    .toString()
    .trim()
    .split('\n');
  assert.equal(csv.length, 1 + 3 * 2);
  assert.match(csv[0], /^frame/);
  assert.deepEqual([...new Set(csv.slice(1).map((line) => parseInt(line, 10)))], [21, 22, 23]);
  await closeClean(page);
});

test('bad input is said, and what there is is shown', async () => {
  const alone = await openResult('alone/alone.csv');
  assert.match(await alone.textContent('.stage.empty'), /data are shown alone/i);
  await alone.keyboard.press('ArrowRight');
  assert.equal(await frameOf(alone), 2);
  await alone.keyboard.press('Space');
  await eventually('the cursor plays without a picture', async () => (await frameOf(alone)) > 5);
  await closeClean(alone);
  const damaged = await openResult('damaged/damaged.csv');
  assert.match(await damaged.textContent('.stage.empty'), /damaged\.mp4/);
  await closeClean(damaged);
  const short = await openResult('short/short.csv', {frame: 100});
  await short.waitForSelector('.stage .over:not([hidden])');
  assert.match(await short.textContent('.stage .over'), /Frame 100: .*90 frames/);
  assert.equal(await short.evaluate(() => document.querySelector('.picture').dataset.frame), '');
  await short.evaluate(() => window.auriga.jump(90));
  assert.equal((await short.evaluate(() => window.auriga.state())).picture, 90);
  await closeClean(short, /404/);
  const changed = await openResult('changed/clip.csv');
  assert.match(await changed.textContent('.notices'), /another video, or it was changed since/);
  assert.equal((await changed.evaluate(() => window.auriga.jump(17))).picture, 17);
  await closeClean(changed);
  const partial = await openResult('bad/partial.csv');
  assert.match(await partial.textContent('.notices'), /not whole: it was ended at frame 40/);
  await closeClean(partial);
  for (const name of Object.keys(ids).filter((key) => /failed|empty/.test(key))) {
    const page = await openPage(browser, viewer, {hash: `#/video/${ids[name]}`});
    await page.waitForSelector('.failure, .video-view');
    assert.match(await page.textContent('#main'), name.includes('empty') ? /row/ : /failed/);
    await closeClean(page, /409/);
  }
  const none = await openPage(browser, viewer, {hash: '#/video/99999'});
  await none.waitForSelector('.failure');
  assert.match(await none.textContent('.failure'), /no result of this number/);
  await closeClean(none, /404/);
});

test('with --read-only marks cannot be made, and it is said', async () => {
  const other = await startViewer(path.join(folder, 'alone'), ['--read-only']);
  const page = await openPage(browser, other, {hash: '#/video/0?frame=1'});
  await page.waitForSelector('.timeline[data-loaded]');
  await page.getByRole('tab', {name: 'Marks'}).click();
  await eventually('it is said', async () =>
    /read only/.test(await page.textContent('#panel-marks .state')),
  );
  assert.ok(await page.getByRole('button', {name: 'Point'}).isDisabled());
  await page.keyboard.press('m');
  assert.equal(await page.$('dialog'), null);
  await closeClean(page);
  await other.stop();
});

test('the program is gone: said, asked for again, and gone on with', async () => {
  const first = await startViewer(path.join(folder, 'alone'));
  const page = await openPage(browser, first, {hash: '#/video/0?frame=1'});
  await page.waitForSelector('.timeline[data-loaded]');
  await first.stop();
  await page.keyboard.press('m');
  await page.keyboard.type('while it is gone');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#trouble .notice');
  assert.match(await page.textContent('#trouble'), /does not answer/);
  const second = await startViewer(path.join(folder, 'alone'), ['--port', String(first.port)]);
  await eventually(
    'the notice goes',
    async () => (await page.$('#trouble .notice')) === null,
    20000,
  );
  // The new program has another token: the page says what to do.
  await eventually('the refusal is said', async () =>
    /token/.test(await page.textContent('#panel-marks .state')),
  );
  await page.context().close();
  await second.stop();
});

for (const [width, height] of [
  [1280, 860],
  [800, 900],
])
  for (const colorScheme of ['light', 'dark'])
    test(`axe-core finds nothing: ${width} px, ${colorScheme}`, async () => {
      const check = async (page, what) => {
        await page.evaluate(axeSource);
        const found = await page.evaluate(async () =>
          (await window.axe.run(document, {resultTypes: ['violations']})).violations.map(
            (v) =>
              `${v.id}: ${v.nodes
                .slice(0, 3)
                .map((n) => n.html.slice(0, 160) + ' ' + n.failureSummary.slice(0, 200))
                .join(' | ')}`,
          ),
        );
        assert.deepEqual(found, [], what);
      };
      const page = await openPage(browser, viewer, {width, height, colorScheme});
      assert.equal(
        await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches),
        colorScheme === 'dark',
      );
      await page.waitForSelector('.study-table tbody tr');
      await page.locator('summary', {hasText: 'Action units'}).click();
      await check(page, 'study');
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `the page is ${wide} px wide`);
      await page.evaluate((h) => {
        location.hash = h;
      }, `#/video/${ids['two/clip.csv']}?frame=12`);
      await page.waitForSelector('.timeline[data-values="12"][data-loaded]');
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width);
      for (const tab of ['Events', 'Selection', 'Marks', 'About']) {
        await page.getByRole('tab', {name: tab}).click();
        await check(page, tab);
      }
      await page.evaluate(() => document.activeElement.blur());
      for (const key of ['[', 'Shift+ArrowRight', ']']) await page.keyboard.press(key);
      await page.waitForSelector('#panel-selection tbody tr');
      await check(page, 'a selection');
      await page.locator('.timeline summary').click();
      await check(page, 'the menu of rows');
      await page.keyboard.press('Escape');
      await page.locator('summary', {hasText: 'Export'}).click();
      await check(page, 'the export menu');
      await page.keyboard.press('Escape');
      await page.evaluate(() => document.activeElement.blur());
      await page.keyboard.press('?');
      await check(page, 'the help');
      await page.keyboard.press('Escape');
      await page.keyboard.press('m');
      await check(page, 'a dialog');
      await page.keyboard.press('Escape');
      await page.evaluate((h) => {
        location.hash = h;
      }, `#/compare/${ids['one/clip.csv']}/${ids['three/clip.csv']}?frame=65`);
      await page.waitForSelector('#panel-compare tbody tr');
      await check(page, 'comparison');
      await page.evaluate((h) => {
        location.hash = h;
      }, `#/video/${ids['alone/alone.csv']}`);
      await page.waitForSelector('.stage.empty');
      await check(page, 'without a video');
      await closeClean(page);
    });

test('a screen reader is told where the cursor is', async () => {
  const page = await openResult('one/clip.csv', {frame: 12});
  await page.locator('[data-row="AU12"] .row-label').click();
  await page.keyboard.press('ArrowRight');
  await eventually('the live region', async () =>
    /^Frame 13, 0\.480 seconds, AU12 0\.65$/.test(await page.textContent('#said')),
  );
  assert.match(
    await page.getAttribute('.cursor', 'aria-valuetext'),
    /frame 13, 0:00\.480, AU12 0\.65/,
  );
  await page.locator('.cursor').focus();
  await page.keyboard.press('ArrowRight');
  await eventually('the slider', async () =>
    /frame 14/.test(await page.getAttribute('.cursor', 'aria-valuetext')),
  );
  await closeClean(page);
});
