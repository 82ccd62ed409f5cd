// Picture, overlay and cursor belong together, in every container.
import test, {after, before} from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {containers, landmarkX, makeClip, makeTable} from './clips.mjs';
import {launchBrowser, openPage, readable, startViewer, temporaryFolder} from './viewer.mjs';

const count = 90;
const jumps = 200;
let folder, browser, viewer, results;

before(async () => {
  folder = temporaryFolder();
  for (const kind of containers) {
    const place = path.join(folder, kind.replaceAll(' ', '_'));
    fs.mkdirSync(place);
    const clip = makeClip(place, kind, count);
    makeTable(path.join(place, `${path.parse(clip).name}.csv`), count);
  }
  viewer = await startViewer(folder);
  browser = await launchBrowser();
  const page = await openPage(browser, viewer);
  results = await page.evaluate(async () => (await (await fetch('/api/study')).json()).results);
  await page.close();
});

after(async () => {
  await browser?.close();
  await viewer?.stop();
  fs.rmSync(folder, {recursive: true, force: true});
});

// Numbers that look random and are the same every time.
function* numbers(seed) {
  for (let x = seed; ;) {
    x = (x * 1103515245 + 12345) % 2147483648;
    yield x / 2147483648;
  }
}

function check(state, what) {
  assert.equal(
    state.picture,
    state.cursor,
    `${what}: the picture is another frame: ${JSON.stringify(state)}`,
  );
  assert.equal(state.pictureFrame, state.cursor, what);
  assert.equal(state.overlayFrame, state.cursor, what);
  // Frame 25 was not followed, so that there is nothing to draw and no unit's number to show.
  if (state.cursor === 25) assert.equal(state.overlay, null, what);
  else
    assert.ok(
      Math.abs(state.overlay - landmarkX(state.cursor)) < 1,
      `${what}: the overlay is another row: ${JSON.stringify(state)}`,
    );
}

function checkRow(state, what) {
  assert.equal(state.values, state.cursor, what);
  if (state.cursor !== 25)
    assert.equal(
      state.unit,
      (state.cursor / 20).toFixed(2),
      `${what}: the values are of another row: ${JSON.stringify(state)}`,
    );
}

async function show(kind) {
  const id = results.find((result) => result.folder === kind.replaceAll(' ', '_')).id;
  const page = await openPage(browser, viewer, {hash: `#/video/${id}?frame=1`});
  await page.waitForSelector('.picture[data-frame="1"]', {timeout: 30000});
  await readable(page);
  // Only the landmarks, so that where the overlay is says which row it is.
  for (const name of ['Head axes', 'Gaze', 'Eye contour']) {
    const box = page.getByLabel(name, {exact: true});
    if (await box.count()) await box.uncheck();
  }
  return page;
}

for (const kind of containers) {
  test(`${kind}: jumps and steps`, async () => {
    const page = await show(kind);
    const random = numbers(17);
    for (let i = 0; i < jumps; ++i) {
      const frame = 1 + Math.floor(random.next().value * count);
      const state = await page.evaluate((f) => window.auriga.jump(f), frame);
      assert.equal(state.cursor, frame);
      check(state, `${kind}, jump ${i} to ${frame}`);
      checkRow(state, `${kind}, jump ${i} to ${frame}`);
    }
    let frame = (await page.evaluate(() => window.auriga.jump(40))).cursor;
    await page.evaluate(() => document.activeElement.blur());
    for (let i = 0; i < 100; ++i) {
      const forward = i % 3 !== 2;
      frame = Math.min(count, Math.max(1, frame + (forward ? 1 : -1)));
      await page.keyboard.press(forward ? 'ArrowRight' : 'ArrowLeft');
      const state = await page.evaluate(async (f) => {
        await window.auriga.settled(f);
        return window.auriga.state();
      }, frame);
      assert.equal(state.cursor, frame, `${kind}, step ${i}`);
      check(state, `${kind}, step ${i}`);
      checkRow(state, `${kind}, step ${i}`);
    }
    assert.deepEqual(page.trouble, []);
    await page.context().close();
  });

  test(`${kind}: playing and pausing at three speeds`, async () => {
    const page = await show(kind);
    await page.waitForSelector('.video-view[data-player]', {timeout: 40000});
    const {player, playerReason} = await page.evaluate(() => ({
      ...document.querySelector('.video-view').dataset,
    }));
    for (const speed of ['0.5', '1', '2']) {
      await page.evaluate(() => window.auriga.jump(1));
      await page.getByLabel('Speed').selectOption(speed);
      await page.evaluate(() => document.activeElement.blur());
      await page.keyboard.press('Space');
      // While it plays: what is drawn at a moment is of one frame.
      const seen = new Set();
      for (let i = 0; i < 12 || (seen.size < 3 && i < 200); ++i) {
        await page.waitForTimeout(60);
        const state = await page.evaluate(() => window.auriga.state());
        check(state, `${kind}, playing at ${speed} (${player} ${playerReason})`);
        seen.add(state.cursor);
      }
      assert.ok(
        seen.size >= 3,
        `${kind} at ${speed} (${player} ${playerReason}): it does not play: ${[...seen]}`,
      );
      // Asked and pressed in one, since at its end it comes to rest by itself and would begin anew.
      await page.evaluate(() => {
        if (document.querySelector('.video-view').dataset.playing !== 'true') return;
        document.body.dispatchEvent(
          new KeyboardEvent('keydown', {key: ' ', code: 'Space', bubbles: true, cancelable: true}),
        );
      });
      assert.ok(
        await page.evaluate(() => window.auriga.settled(null)),
        `${kind} at ${speed}: it does not come to rest`,
      );
      const state = await page.evaluate(() => window.auriga.state());
      check(state, `${kind}, paused at ${speed}`);
      checkRow(state, `${kind}, paused at ${speed}`);
      assert.equal(state.field, state.cursor);
    }
    console.log(
      `# ${kind}: played by ${player === 'browser' ? 'the browser' : `frames from the viewer (${playerReason})`}`,
    );
    assert.deepEqual(page.trouble, []);
    await page.context().close();
  });
}
