// Elements of the page, made without markup in text: what comes from files is never parsed as HTML.

// attributes: class, text, on: {event: listener}, data: {...}, style: {property: value}; the others
// become attributes; true is an empty one, false and null none.
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'text') element.textContent = value;
    else if (name === 'class') element.className = value;
    else if (name === 'on')
      for (const [event, listener] of Object.entries(value))
        element.addEventListener(event, listener);
    else if (name === 'data') Object.assign(element.dataset, value);
    else if (name === 'style')
      for (const [property, v] of Object.entries(value)) element.style.setProperty(property, v);
    else if (name === 'value') element.value = value;
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(name, value);
  }
  element.append(
    ...children
      .flat(Infinity)
      .filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

const svg = 'http://www.w3.org/2000/svg';
const paths = {
  play: 'M4 2.5v11l9.5-5.5z',
  pause: 'M4 2.5h3v11H4zM9 2.5h3v11H9z',
  first: 'M3 3h2v10H3zM13 3v10L6 8z',
  last: 'M11 3h2v10h-2zM3 3v10l7-5z',
  back: 'M11 3v10L4.5 8z',
  forward: 'M5 3v10l6.5-5z',
  help: 'M8 1.5a6.5 6.5 0 100 13 6.5 6.5 0 000-13zm0 1.4a5.1 5.1 0 110 10.2A5.1 5.1 0 018 2.9zM8 4.3c-1.5 0-2.5.9-2.6 2.2h1.4c.1-.6.5-1 1.2-1 .6 0 1.1.4 1.1 1 0 .5-.3.8-.9 1.2-.7.5-1 .9-1 1.7v.3h1.4v-.2c0-.5.2-.7.9-1.2.7-.5 1.1-1 1.1-1.9 0-1.2-1.1-2.1-2.6-2.1zM7.9 10.5a.9.9 0 100 1.8.9.9 0 000-1.8z',
};

export function icon(name) {
  const picture = document.createElementNS(svg, 'svg');
  picture.setAttribute('viewBox', '0 0 16 16');
  picture.setAttribute('aria-hidden', 'true');
  picture.setAttribute('class', 'icon');
  const path = document.createElementNS(svg, 'path');
  path.setAttribute('d', paths[name]);
  picture.append(path);
  return picture;
}

export function button(text, run, attributes = {}) {
  return el('button', {type: 'button', ...attributes, on: {click: run}}, text);
}

export function iconButton(name, label, run, attributes = {}) {
  return el(
    'button',
    {
      type: 'button',
      class: 'square',
      'aria-label': label,
      title: label,
      ...attributes,
      on: {click: run},
    },
    icon(name),
  );
}

// A colour of the style sheet as a canvas understands it, in the theme of the moment.
let probe = null;
export function colour(name) {
  if (!probe) {
    probe = el('span', {hidden: true});
    document.body.append(probe);
  }
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

// Asks in a dialog. `fields`: elements; resolves with the text of the button that closed it, '' for
// Escape.
export function ask(title, content, choices) {
  return new Promise((resolve) => {
    const heading = el('h2', {text: title, id: 'dialog-title'});
    const dialog = el('dialog', {'aria-labelledby': 'dialog-title'});
    const form = el(
      'form',
      {method: 'dialog'},
      heading,
      ...content,
      el(
        'div',
        {class: 'choices'},
        choices.map((choice, i) =>
          el('button', {value: choice, class: i === 0 ? 'main' : '', text: choice}),
        ),
      ),
    );
    // The policy of the page forbids that a form is sent; the dialog closes without that.
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      dialog.close(event.submitter ? event.submitter.value : choices[0]);
    });
    dialog.append(form);
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
    document.body.append(dialog);
    dialog.returnValue = '';
    dialog.showModal();
  });
}

// A menu made of <details> closes with Escape, and when something else is clicked.
export function closes(menu) {
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !menu.open) return;
    event.preventDefault();
    event.stopPropagation();
    menu.open = false;
    menu.firstChild.focus();
  });
  const elsewhere = (event) => {
    if (!menu.isConnected) document.removeEventListener('pointerdown', elsewhere);
    else if (!menu.contains(event.target)) menu.open = false;
  };
  menu.addEventListener('toggle', () => {
    document.removeEventListener('pointerdown', elsewhere);
    if (menu.open) document.addEventListener('pointerdown', elsewhere);
  });
}

export function download(name, blob) {
  const url = URL.createObjectURL(blob);
  const link = el('a', {href: url, download: name});
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

let polite = null;
// Said by screen readers. Only the last text of a burst is said.
export function announce(text) {
  if (!polite) polite = document.getElementById('said');
  clearTimeout(announce.timer);
  announce.timer = setTimeout(() => {
    polite.textContent = text;
  }, 350);
}
