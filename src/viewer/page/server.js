// Everything that the page asks of `auriga view`. Where the program does not answer, a request
// waits until it does: `gone` and `back` tell the page.

export class ServerError extends Error {
  constructor(message, status, body) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

export const connection = new EventTarget();
let back = null;

async function reachable() {
  try {
    return (await fetch('/api/alive', {cache: 'no-store'})).status < 500;
  } catch {
    return false;
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Resolves when the program answers again.
function untilBack() {
  if (!back) {
    connection.dispatchEvent(new Event('gone'));
    back = (async () => {
      for (let wait = 500; ; wait = Math.min(wait * 1.5, 5000)) {
        await pause(wait);
        if (await reachable()) break;
      }
      back = null;
      connection.dispatchEvent(new Event('back'));
    })();
  }
  return back;
}

// The answer to a request, whatever its status; throws only what `signal` aborts.
async function answer(path, options) {
  for (;;) {
    try {
      return await fetch(path, {credentials: 'same-origin', ...options});
    } catch (error) {
      if (options.signal?.aborted) throw error;
      await untilBack();
      if (options.signal?.aborted) throw new DOMException('aborted', 'AbortError');
    }
  }
}

async function checked(path, options = {}) {
  const response = await answer(path, options);
  if (response.ok) return response;
  const words = await response.text().catch(() => '');
  let body = null;
  try {
    body = JSON.parse(words);
  } catch {
    // Refusals before anything is looked at are plain text.
  }
  const plain = (response.headers.get('Content-Type') ?? '').startsWith('text/plain')
    ? words.trim()
    : '';
  const text = body?.error ?? (plain || `The viewer answered ${response.status} to ${path}.`);
  throw new ServerError(text, response.status, body);
}

export async function json(path, options) {
  return (await checked(path, options)).json();
}

export async function floats(path, options) {
  return new Float32Array(await (await checked(path, options)).arrayBuffer());
}

export async function doubles(path, options) {
  return new Float64Array(await (await checked(path, options)).arrayBuffer());
}

// A picture: {blob, frame, proved, missing, sequential}. `frame` is what the server says that it
// is; `proved`: its number was checked against the whole video; `missing`: it could not be decoded;
// `sequential`: why the video can be read from its start only, or ''.
export async function picture(path, options) {
  const response = await checked(path, options);
  return {
    frame: Number(response.headers.get('X-Frame')),
    proved: response.headers.get('X-Proved') !== '0',
    missing: response.headers.get('X-Missing') === '1',
    sequential: decodeURIComponent(response.headers.get('X-Sequential') ?? ''),
    blob: await response.blob(),
  };
}

export function put(path, body) {
  return json(path, {
    method: 'PUT',
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify(body),
  });
}

// The program ends some time after the last page; this page says that it is there.
export function stayAlive() {
  setInterval(async () => {
    if (!back && !(await reachable())) untilBack();
  }, 20000);
}

// Calls for values by key, each asked for once, the longest unused ones forgotten.
export class Remembered {
  #entries = new Map();

  constructor(limit, load) {
    this.limit = limit;
    this.load = load;
  }

  // The value if it is there already, else undefined.
  now(key) {
    return this.#entries.get(key)?.value;
  }

  get(key, ...rest) {
    let entry = this.#entries.get(key);
    if (entry) {
      this.#entries.delete(key);
      this.#entries.set(key, entry);
      return entry.promise;
    }
    entry = {value: undefined, promise: null};
    entry.promise = this.load(key, ...rest).then(
      (value) => {
        entry.value = value;
        return value;
      },
      (error) => {
        this.#entries.delete(key);
        throw error;
      },
    );
    this.#entries.set(key, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.limit) break;
      this.#entries.get(oldest).value?.close?.();
      this.#entries.delete(oldest);
    }
    return entry.promise;
  }

  forget(key) {
    this.#entries.delete(key);
  }

  clear() {
    for (const entry of this.#entries.values()) entry.value?.close?.();
    this.#entries.clear();
  }
}
