// node run.mjs FILE...: runs tests of the viewer's page with node's own runner. Those that need a
// browser are left out, with the reason and the exit code 77, where there is none.
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const files = process.argv.slice(2).filter((name) => !name.startsWith('-'));

function skip(reason) {
  console.log(`skipped: ${reason}`);
  process.exit(77);
}

if (process.argv.includes('--browser')) {
  if (process.env.AURIGA_NO_VIEW_TEST) skip('AURIGA_NO_VIEW_TEST is set');
  const browser =
    process.env.AURIGA_BROWSER === 'firefox'
      ? process.env.AURIGA_FIREFOX || '/usr/bin/firefox-esr'
      : process.env.AURIGA_CHROMIUM || '/usr/bin/chromium';
  if (!fs.existsSync(browser)) skip(`there is no ${browser}; ./dev view-test installs it`);
  if (!fs.existsSync(path.join(process.env.AURIGA_VIEW_PACKAGES, 'node_modules/playwright-core')))
    skip(
      `playwright-core is not in ${process.env.AURIGA_VIEW_PACKAGES}; ./dev view-test fetches it`,
    );
  if (spawnSync('ffmpeg', ['-version']).error) skip('there is no ffmpeg');
}

const run = spawnSync(process.execPath, ['--test', ...files], {cwd: here, stdio: 'inherit'});
process.exit(run.status ?? 1);
