// The page: which view is shown, keys, theme, and whether the program still answers.
import {announce, button, el, iconButton} from './dom.js';
import {connection, stayAlive} from './server.js';
import {Keys, shownKey} from './keys.js';
import {openStudy} from './study.js';
import {openVideo} from './video.js';

const main = document.getElementById('main');
const path = document.getElementById('path');
const trouble = document.getElementById('trouble');
const keys = new Keys();
const remembered = {};
let view = null;
let turn = 0;

const themes = ['auto', 'light', 'dark'];
const themeButton = button(
  '',
  () => setTheme(themes[(themes.indexOf(theme()) + 1) % themes.length]),
  {title: 'Light, dark, or as the system (T)'},
);

function theme() {
  try {
    return themes.includes(localStorage.getItem('theme')) ? localStorage.getItem('theme') : 'auto';
  } catch {
    return 'auto';
  }
}

function setTheme(name) {
  try {
    localStorage.setItem('theme', name);
  } catch {
    // Without storage the choice holds for this page only.
  }
  showTheme(name);
}

function showTheme(name) {
  if (name === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  themeButton.textContent = {auto: 'Theme: system', light: 'Theme: light', dark: 'Theme: dark'}[
    name
  ];
  view?.restyle();
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => view?.restyle());

const general = [
  {group: 'Page', keys: ['?'], text: 'this help', run: () => help()},
  {
    group: 'Page',
    keys: ['t'],
    text: 'light, dark, or as the system',
    run: () => themeButton.click(),
  },
  {
    group: 'Page',
    keys: ['u'],
    text: 'back to the study',
    run: () => {
      location.hash = '#/';
    },
  },
];

function help() {
  const groups = new Map();
  for (const binding of keys.bindings) {
    if (binding.hidden) continue;
    groups.set(binding.group, [...(groups.get(binding.group) ?? []), binding]);
  }
  const dialog = el(
    'dialog',
    {class: 'help', 'aria-labelledby': 'help-title'},
    el(
      'div',
      {class: 'line spread'},
      el('h2', {id: 'help-title', text: 'Keys'}),
      button('Close', () => dialog.close()),
    ),
    el(
      'div',
      {class: 'key-groups', tabindex: '0', role: 'region', 'aria-label': 'All keys'},
      el(
        'div',
        {class: 'columns'},
        [...groups].map(([name, bindings]) =>
          el(
            'section',
            {},
            el('h3', {text: name}),
            el(
              'dl',
              {},
              bindings.map((binding) =>
                el(
                  'div',
                  {},
                  el(
                    'dt',
                    {},
                    binding.keys.map((key, i) => [
                      i > 0 ? ' or ' : '',
                      el('kbd', {text: shownKey(key)}),
                    ]),
                  ),
                  el('dd', {text: binding.text}),
                ),
              ),
            ),
          ),
        ),
      ),
    ),
    el('p', {
      class: 'quiet',
      text: 'Mouse: click or drag in the timeline moves the cursor; drag over the ruler, or Shift and drag, selects; Ctrl and wheel zooms, Shift and wheel moves along. In the picture the wheel zooms, dragging moves, a double click shows all.',
    }),
  );
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function parsed(hash) {
  const [place, search = ''] = hash.replace(/^#/, '').split('?');
  const parts = place.split('/').filter(Boolean);
  const values = new URLSearchParams(search);
  const number = (name) => (/^\d+$/.test(values.get(name) ?? '') ? Number(values.get(name)) : null);
  const ids = parts.slice(1);
  const valid = ids.every((id) => /^\d+$/.test(id));
  const wanted = {frame: number('frame'), face: number('face')};
  if (parts[0] === 'video' && ids.length === 1 && valid) return {kind: 'video', ids, wanted};
  if (parts[0] === 'compare' && ids.length === 2 && valid) return {kind: 'compare', ids, wanted};
  return {kind: 'study', ids: [], wanted};
}

const crumb = (text, href) =>
  href ? el('a', {href, text}) : el('span', {'aria-current': 'page', text});

async function route() {
  const mine = ++turn;
  const {kind, ids, wanted} = parsed(location.hash);
  view?.close();
  view = null;
  keys.bindings = general;
  main.replaceChildren(el('p', {class: 'loading', role: 'status', text: 'Reading…'}));
  try {
    const opened = kind === 'study' ? await openStudy(remembered) : await openVideo(ids, wanted);
    if (mine !== turn) return opened.close();
    view = opened;
    main.replaceChildren(view.element);
    keys.bindings = [...view.bindings(), ...general];
    path.replaceChildren(
      crumb('auriga', kind === 'study' ? null : '#/'),
      el('span', {class: 'slash', 'aria-hidden': 'true', text: '/'}),
      crumb(view.title, null),
    );
    if (kind === 'study') path.firstChild.removeAttribute('aria-current');
    document.title = `${view.title} – auriga`;
    announce(kind === 'study' ? 'Study' : view.title);
  } catch (error) {
    if (mine !== turn) return;
    path.replaceChildren(crumb('auriga', '#/'));
    main.replaceChildren(
      el(
        'div',
        {class: 'failure'},
        el('h1', {text: 'This cannot be shown'}),
        el('p', {text: error.message}),
        el(
          'p',
          {class: 'line'},
          button('Try again', () => route()),
          kind === 'study' ? null : el('a', {href: '#/', text: 'Back to the study'}),
        ),
      ),
    );
    if (!error.status) console.error(error);
  }
}

window.addEventListener('hashchange', route);
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});

connection.addEventListener('gone', () =>
  trouble.replaceChildren(
    el('p', {
      class: 'notice bad',
      text: 'The program `auriga view` does not answer. This page asks again until it does; if you ended it, start it anew and open the address that it prints.',
    }),
  ),
);
connection.addEventListener('back', () => trouble.replaceChildren());

document.getElementById('tools').append(
  themeButton,
  iconButton('help', 'Keys', () => help(), {title: 'Keys (?)'}),
);
showTheme(theme());
stayAlive();
route();
