// Saves marks as soon as they change, one request at a time, and tells what becomes of them.
import {Marks, same} from './marks.js';

// server: {read(): {version, marks}, write({version, marks}): the same; throws with status 409 and
// the present state as `body` where the file is not the one that was read}. Fires 'change' when the
// list, the state or a conflict changes.
export class MarksFile extends EventTarget {
  constructor(server, writable) {
    super();
    this.server = server;
    this.writable = writable;
    this.marks = new Marks();
    this.saved = []; // as the file has them
    this.version = '';
    this.state = 'loading';
    this.problem = '';
    this.conflict = null;
    this.saving = null;
  }

  #tell() {
    this.dispatchEvent(new Event('change'));
  }

  async load() {
    const file = await this.server.read();
    this.version = file.version;
    this.marks = new Marks(file.marks);
    this.saved = this.marks.list;
    this.name = file.file;
    this.state = 'saved';
    this.#tell();
  }

  // change(marks) alters this.marks; what it returns is ignored.
  edit(change) {
    change(this.marks);
    this.#tell();
    return this.save();
  }

  save() {
    if (this.conflict) return Promise.resolve();
    this.again = true;
    this.saving ??= this.#saveAll().finally(() => {
      this.saving = null;
    });
    return this.saving;
  }

  async #saveAll() {
    while (this.again && !this.conflict) {
      this.again = false;
      const list = this.marks.list;
      this.state = 'saving';
      this.#tell();
      try {
        const file = await this.server.write({version: this.version, marks: list});
        this.version = file.version;
        this.saved = list;
        this.state = 'saved';
        this.problem = '';
      } catch (error) {
        if (error.status === 409 && error.body?.marks) {
          // A request that was sent again after its answer was lost finds its own work.
          if (same(error.body.marks, list)) {
            this.version = error.body.version;
            this.saved = list;
            this.state = 'saved';
          } else {
            this.conflict = {version: error.body.version, theirs: error.body.marks};
            this.state = 'conflict';
          }
        } else {
          this.state = 'failed';
          this.problem = error.message;
        }
      }
      this.#tell();
    }
  }

  // Ends a conflict with a list: ours, theirs or both. It can be undone like any other step.
  settle(list) {
    this.version = this.conflict.version;
    this.conflict = null;
    this.marks.replace(list);
    this.#tell();
    return this.save();
  }
}
