// Keys as data: what a key does, and the words for it in the help.

// A key press as text: 'n', 'Shift+ArrowLeft', 'Ctrl+z', '?'. Command on a Mac counts as Ctrl.
export function keyName(event) {
  const key = event.key === ' ' ? 'Space' : event.key;
  const printed = key.length === 1;
  return (
    (event.ctrlKey || event.metaKey ? 'Ctrl+' : '') +
    (event.altKey ? 'Alt+' : '') +
    (event.shiftKey && (!printed || event.ctrlKey || event.metaKey) ? 'Shift+' : '') +
    (printed && (event.ctrlKey || event.metaKey) ? key.toLowerCase() : key)
  );
}

const shownNames = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Space: 'Space',
  Escape: 'Esc',
  PageUp: 'Page Up',
  PageDown: 'Page Down',
};
export function shownKey(name) {
  return name
    .split(/\+(?=.)/)
    .map((part) => shownNames[part] ?? part)
    .join(' + ');
}

// Whether a key belongs to the element that has the focus rather than to the page.
export function belongsToElement(name, target) {
  if (!target || !target.tagName) return false;
  const tag = target.tagName;
  if (tag === 'INPUT' && target.type === 'range')
    return name.startsWith('Arrow') || ['Home', 'End', 'PageUp', 'PageDown'].includes(name);
  if (tag === 'INPUT' && ['checkbox', 'radio', 'button'].includes(target.type))
    return (
      name === 'Space' || name === 'Enter' || (target.type === 'radio' && name.startsWith('Arrow'))
    );
  if (tag === 'INPUT' || tag === 'TEXTAREA' || target.isContentEditable) return true;
  if (tag === 'SELECT') return !name.startsWith('Ctrl+');
  if (tag === 'BUTTON' || tag === 'A' || tag === 'SUMMARY') {
    return (
      name === 'Enter' ||
      name === 'Space' ||
      (target.getAttribute('role') === 'tab' &&
        ['ArrowLeft', 'ArrowRight', 'Home', 'End'].includes(name))
    );
  }
  return false;
}

export class Keys {
  // bindings: [{keys: [...], group, text, run(event)}]; the first one that has a key takes it.
  constructor() {
    this.bindings = [];
    document.addEventListener('keydown', (event) => this.#pressed(event));
  }

  #pressed(event) {
    if (event.defaultPrevented || event.isComposing || document.querySelector('dialog[open]'))
      return;
    const name = keyName(event);
    if (belongsToElement(name, event.target)) return;
    for (const binding of this.bindings) {
      if (!binding.keys.includes(name)) continue;
      event.preventDefault();
      binding.run(event);
      return;
    }
  }
}
