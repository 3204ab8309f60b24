// A virtual grid of pictures: ids come in, never pixels; only the rows in sight are in the DOM.
// Verdicts are kept in a log that the server acknowledges: a key press is sent again until it is stored.
const KEYS = { a: "approve", r: "reject", u: "unsure", c: "clear" };
const SIGNS = { approve: "✓", reject: "✗", unsure: "?" };
const PENDING = "proofsheet-votes-";

function numbers(text, Kind) {
  const raw = atob(text || ""), bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return new Kind(bytes.buffer);
}

class Gallery {
  constructor(root) {
    this.root = root;
    root.addEventListener("keydown", (event) => this.letter(event));
    this.bar = document.createElement("div");
    this.bar.className = "bar";
    this.frame = document.createElement("div");
    this.frame.className = "frame";
    this.frame.setAttribute("role", "listbox");
    this.frame.setAttribute("aria-multiselectable", "true");
    this.space = document.createElement("div");
    this.space.className = "space";
    this.space.setAttribute("role", "presentation");
    this.frame.append(this.space);
    root.append(this.bar, this.frame);
    this.tiles = new Map();
    this.selected = new Set();
    this.own = new Map();      // verdicts given here and not yet told by the server
    this.at = 0;
    this.frame.addEventListener("scroll", () => this.draw(), { passive: true });
    this.frame.addEventListener("keydown", (event) => this.key(event));
    this.frame.addEventListener("click", (event) => this.click(event));
    this.watch = new ResizeObserver(() => this.lay());
    this.watch.observe(this.frame);
  }

  update(data, send) {
    this.send = send;
    const fresh = this.stamp !== data.stamp;
    this.data = data;
    if (fresh) {
      this.stamp = data.stamp;
      this.ids = numbers(data.ids, Int32Array);
      this.values = data.values ? numbers(data.values, Float32Array) : null;
      this.place = new Map();
      this.selected.clear();
      for (const tile of this.tiles.values()) tile.remove();
      this.tiles.clear();
      this.at = Math.max(0, this.ids.indexOf(data.open ?? -1));
      this.frame.scrollTop = 0;
    }
    this.frame.setAttribute("aria-label", data.label);
    this.frame.classList.toggle("bounded", data.height > 0);
    this.acknowledge();
    this.toolbar();
    this.lay();
    if (fresh && this.at > 0) this.show(this.at);
    if (fresh && data.reveal) this.frame.scrollIntoView({ block: "nearest" });
  }

  // ---- votes
  store() { return PENDING + this.data.uuid; }
  pending() {
    try { return JSON.parse(localStorage.getItem(this.store())) || { client: crypto.randomUUID().replaceAll("-", ""), next: 1, entries: [] }; }
    catch { return { client: Math.random().toString(36).slice(2) + Date.now().toString(36), next: 1, entries: [] }; }
  }
  keep(log) { this.log = log; try { localStorage.setItem(this.store(), JSON.stringify(log)); } catch { /* private mode: kept in memory */ } }
  acknowledge() {
    if (!this.data.vote) return;
    const log = this.log || this.pending();
    const acked = (this.data.acked || {})[log.client] || 0;
    const had = log.entries.length;
    log.entries = log.entries.filter(([seq]) => seq > acked);
    this.keep(log);
    for (const [id, seq] of [...this.own]) if (seq[0] <= acked) this.own.delete(id);
    if (log.entries.length && (!this.sent || had !== log.entries.length || this.sent < log.entries.at(-1)[0])) this.deliver();
    clearTimeout(this.again);
    if (log.entries.length) this.again = setTimeout(() => this.deliver(), 1500);
  }
  deliver() {
    const log = this.log;
    if (!log || !log.entries.length) return;
    this.sent = log.entries.at(-1)[0];
    this.tries = (this.tries || 0) + 1;
    // `tries` changes, so that sending the same entries again is a new state for the server
    this.send.state("log", { client: log.client, entries: log.entries, tries: this.tries });
  }
  judge(verdict) {
    const ids = this.selected.size ? [...this.selected] : [this.ids[this.at]];
    const log = this.log || this.pending();
    const seq = log.next++;
    log.entries.push([seq, ids, verdict, this.data.set]);
    this.keep(log);
    for (const id of ids) this.own.set(id, [seq, verdict]);
    this.deliver();
    if (!this.selected.size && verdict !== "clear") this.move(this.at + 1);
    this.draw(true);
    this.say(`${verdict}: ${ids.length === 1 ? "1 picture" : ids.length + " pictures"}`);
  }
  verdict(id) { return this.own.has(id) ? this.own.get(id)[1] : (this.data.marks || {})[id]; }

  toolbar() {
    this.bar.style.display = this.data.vote ? "" : "none";
    if (!this.data.vote || this.bar.childElementCount) return;
    for (const [key, verdict] of Object.entries(KEYS)) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = verdict[0].toUpperCase() + verdict.slice(1);
      const hint = document.createElement("kbd");
      hint.textContent = key;
      button.append(hint);
      button.addEventListener("click", () => this.judge(verdict));
      this.bar.append(button);
    }
    this.said = document.createElement("span");
    this.said.className = "said";
    this.said.setAttribute("role", "status");
    this.bar.append(this.said);
  }
  say(text) { if (this.said) this.said.textContent = text; }

  // ---- layout
  lay() {
    if (!this.data) return;
    const gap = 6, width = Math.max(120, this.frame.clientWidth);
    let columns = this.data.columns || Math.max(1, Math.floor((width + gap) / (this.data.tile + gap)));
    // Too narrow for as many: halve, so that grids of equal columns still line up.
    while (this.data.columns && columns > 1 && columns % 2 === 0 && (width - gap * (columns - 1)) / columns < Math.min(this.data.tile, 56)) columns /= 2;
    const side = Math.min(this.data.columns ? this.data.tile : Infinity, Math.floor((width - gap * (columns - 1)) / columns));
    const text = this.data.captions || this.values ? 20 : 0;
    this.grid = { gap, columns, side, row: side + text + gap, text };
    this.count = Math.min(this.ids.length, (this.data.rows || Infinity) * columns);
    this.at = Math.min(this.at, Math.max(0, this.count - 1));
    const rows = Math.ceil(this.count / columns);
    const whole = Math.max(0, rows * this.grid.row - gap);
    this.space.style.height = whole + "px";
    this.frame.style.height = (this.data.height ? Math.min(this.data.height, whole + 2) : whole) + "px";
    this.frame.style.setProperty("--side", side - 4 + "px");
    this.draw(true);
  }
  draw(again) {
    if (!this.grid || !this.ids) return;
    const { columns, side, row, gap, text } = this.grid;
    const seen = this.frame.clientHeight || 600;
    const first = Math.max(0, Math.floor(this.frame.scrollTop / row) - 1) * columns;
    const last = Math.min(this.count, (Math.ceil((this.frame.scrollTop + seen) / row) + 1) * columns);
    for (const [index, tile] of this.tiles) {
      if ((index < first || index >= last) && !(index === this.at && tile === this.root.activeElement)) { tile.remove(); this.tiles.delete(index); }
    }
    for (let index = first; index < last; index++) {
      let tile = this.tiles.get(index);
      if (!tile) { tile = this.tile(index); this.tiles.set(index, tile); this.space.append(tile); }
      else if (!again) continue;
      tile.style.left = (index % columns) * (side + gap) + "px";
      tile.style.top = Math.floor(index / columns) * row + "px";
      tile.style.width = side + "px";
      tile.style.height = side + text + "px";
      this.dress(tile, index);
    }
  }
  caption(index) {
    if (this.data.captions) return this.data.captions[index] ?? "";
    return this.values ? Number(this.values[index].toPrecision(4)).toString() : "";
  }
  tile(index) {
    const tile = document.createElement("div");
    tile.className = "tile";
    tile.setAttribute("role", "option");
    tile.dataset.index = index;
    const picture = document.createElement("img");
    picture.alt = "";
    picture.decoding = "async";
    picture.draggable = false;
    const wanted = this.grid.side * (window.devicePixelRatio || 1);
    const side = [96, 192, 384, 768].find((s) => s >= wanted) || 768;
    picture.src = `/thumbnails/${this.data.uuid}/${this.ids[index]}?s=${side}`;
    picture.addEventListener("error", () => tile.classList.add("broken"));
    tile.append(picture);
    if (this.grid.text) {
      const caption = document.createElement("div");
      caption.className = "caption";
      tile.append(caption);
    }
    return tile;
  }
  dress(tile, index) {
    const id = this.ids[index], verdict = this.verdict(id), caption = this.caption(index);
    tile.tabIndex = index === this.at ? 0 : -1;
    tile.setAttribute("aria-selected", this.selected.has(id));
    tile.setAttribute("aria-setsize", this.count);
    tile.setAttribute("aria-posinset", index + 1);
    tile.setAttribute("aria-label", `Picture ${index + 1} of ${this.count}${caption ? ", " + caption : ""}${verdict && verdict !== "clear" ? ", " + verdict : ""}`);
    tile.classList.toggle("open", id === this.data.open);
    if (this.grid.text) { const place = tile.querySelector(".caption"); place.textContent = caption; place.title = caption; }
    let mark = tile.querySelector(".mark");
    if (SIGNS[verdict]) {
      if (!mark) { mark = document.createElement("span"); tile.append(mark); }
      mark.className = "mark " + verdict;
      mark.textContent = SIGNS[verdict];
    } else if (mark) mark.remove();
  }

  // ---- moving
  show(index) {
    const { columns, row } = this.grid;
    const top = Math.floor(index / columns) * row, seen = this.frame.clientHeight;
    if (top < this.frame.scrollTop) this.frame.scrollTop = top;
    else if (top + row > this.frame.scrollTop + seen) this.frame.scrollTop = top + row - seen;
    this.draw(true);
  }
  move(index) {
    if (!this.count) return;
    this.at = Math.min(Math.max(0, index), this.count - 1);
    this.show(this.at);
    this.tiles.get(this.at)?.focus({ preventScroll: this.data.height > 0 });
  }
  open(index) { this.send.trigger("opened", this.ids[index]); }
  toggle(index) {
    const id = this.ids[index];
    this.selected.has(id) ? this.selected.delete(id) : this.selected.add(id);
    this.at = index;
    this.draw(true);
    this.say(this.selected.size ? `${this.selected.size} selected` : "");
  }
  click(event) {
    const tile = event.target.closest(".tile");
    if (!tile) return;
    const index = Number(tile.dataset.index);
    if (event.shiftKey && this.data.vote) {
      const [a, b] = [Math.min(this.at, index), Math.max(this.at, index)];
      for (let i = a; i <= b; i++) this.selected.add(this.ids[i]);
      this.draw(true);
      this.say(`${this.selected.size} selected`);
    } else if ((event.ctrlKey || event.metaKey) && this.data.vote) this.toggle(index);
    else { this.at = index; this.draw(true); tile.focus({ preventScroll: true }); this.open(index); }
  }
  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || !this.ids.length) return;
    const { columns, row } = this.grid, page = columns * Math.max(1, Math.floor(this.frame.clientHeight / row));
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, PageDown: page, PageUp: -page };
    if (event.key in steps) this.move(this.at + steps[event.key]);
    else if (event.key === "Home") this.move(0);
    else if (event.key === "End") this.move(this.count - 1);
    else if (event.key === "Enter") this.open(this.at);
    else if (event.key === " " && this.data.vote) this.toggle(this.at);
    else if (event.key === "Escape" && this.selected.size) { this.selected.clear(); this.draw(true); this.say(""); }
    else if (event.key === "Escape" && this.data.open) this.send.trigger("closed", true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  // Verdict keys work on the toolbar as well: Streamlit has shortcuts of its own, r reruns and c clears the cache.
  letter(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || !this.data?.vote) return;
    const verdict = KEYS[event.key.toLowerCase()];
    if (!verdict || !this.count) return;
    this.judge(verdict);
    event.preventDefault();
    event.stopPropagation();
  }
}

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const gallery = parentElement.proofsheet || (parentElement.proofsheet = new Gallery(parentElement));
  gallery.update(data, { state: setStateValue, trigger: setTriggerValue });
}
