// The rater's journal on this device: every note is on the disk before it is shown, and sent until it is acknowledged.
(() => {
  "use strict";
  const MOST_AT_ONCE = 50;
  const PATIENCE_MS = 10000;
  const LONGEST_PAUSE_MS = 15000;

  // ---- what a journal comes to; poise/app/interviews/room/journal.py says the same
  const before = (a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.uuid < b.uuid ? -1 : a.uuid > b.uuid ? 1 : 0);
  const fold = (entries) => {
    const ordered = [...entries].sort(before);
    const back = new Set();
    for (const one of ordered) if (one.kind === "unquoted" || one.kind === "unmarked") back.add(one.detail.of);
    const state = { asked: new Map(), quotes: new Map(), marks: [], levels: new Map(), submitted: null };
    for (const one of ordered) {
      if (one.kind === "asked") {
        if (!state.asked.has(one.question)) state.asked.set(one.question, one.at);
      } else if (one.kind === "quoted") {
        if (back.has(one.uuid)) continue;
        if (!state.quotes.has(one.question)) state.quotes.set(one.question, []);
        state.quotes.get(one.question).push({ uuid: one.uuid, text: one.detail.text });
      } else if (one.kind === "marked") {
        if (!back.has(one.uuid)) state.marks.push({ uuid: one.uuid, kind: one.detail.kind, question: one.question });
      } else if (one.kind === "rated") state.levels.set(one.question, one.detail.level);
      else if (one.kind === "not_observed") state.levels.set(one.question, null);
      else if (one.kind === "submitted") state.submitted = state.submitted || one.at;
    }
    return state;
  };

  // ---- the device's own store: one row a note, found by who wrote it and for which seat
  const opened = () => new Promise((good, bad) => {
    const asking = indexedDB.open("poise-room", 1);
    asking.onupgradeneeded = () => {
      const notes = asking.result.createObjectStore("notes", { keyPath: ["user", "seat", "uuid"] });
      notes.createIndex("mine", ["user", "seat"]);
      notes.createIndex("user", "user");
    };
    asking.onsuccess = () => good(asking.result);
    asking.onerror = () => bad(asking.error);
  });
  let store = null;
  const connect = async () => {
    if (store) return store;
    store = await opened();
    store.onversionchange = store.onclose = () => { store = null; };
    return store;
  };
  const within = async (mode, work) => {
    const kept = await connect();
    return new Promise((good, bad) => {
      // strict: done means that it is on the disk
      const going = kept.transaction("notes", mode, { durability: "strict" });
      let result = null;
      going.oncomplete = () => good(result);
      going.onerror = going.onabort = () => bad(going.error);
      const asked = work(going.objectStore("notes"));
      if (asked) asked.onsuccess = () => { result = asked.result; };
    });
  };
  const mine = (user, seat) => within("readonly", (notes) => notes.index("mine").getAll(IDBKeyRange.only([user, seat])));
  const allMine = (user) => within("readonly", (notes) => notes.index("user").getAll(IDBKeyRange.only(user)));
  const put = (rows) => within("readwrite", (notes) => { for (const row of rows) notes.put(row); });
  const drop = (rows) => within("readwrite", (notes) => { for (const row of rows) notes.delete([row.user, row.seat, row.uuid]); });

  // randomUUID is for secure addresses only; a tablet in the house may reach Poise by plain http
  const newUuid = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const text = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
    return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
  };
  const instant = (ms) => new Date(ms).toISOString().replace("Z", "000Z");

  class Journal {
    /** told: {user, seat, url, token, entries}. changed: called whenever what is held or where it stands is another. */
    constructor(told, changed) {
      this.user = told.user;
      this.seat = told.seat;
      this.url = told.url;
      this.token = told.token;
      this.changed = changed;
      this.rows = new Map();
      this.standing = "saved";
      this.kept = true;
      this.accepted = false;
      this.checked = false;
      this.busy = false;
      this.again = false;
      this.pause = 0;
      this.timer = 0;
      this.last = "";
      this.take(told.entries, true);
      this.channel = "BroadcastChannel" in window ? new BroadcastChannel(`poise-room-${this.user}-${this.seat}`) : null;
      if (this.channel) this.channel.onmessage = () => this.load().then(() => this.changed(), () => {});
    }

    take(entries, sent) {
      for (const one of entries) this.rows.set(one.uuid, { ...one, user: this.user, seat: this.seat, sent, refused: "" });
    }

    async load() {
      for (const row of await mine(this.user, this.seat)) {
        const known = this.rows.get(row.uuid);
        if (known && known.sent) continue; // the server's word on when it was holds
        this.rows.set(row.uuid, row);
      }
    }

    async start() {
      try {
        await this.load();
        if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
      } catch {
        this.kept = false;
      }
      this.changed();
      window.addEventListener("online", () => this.send());
      window.addEventListener("offline", () => {
        this.checked = false;
        this.settle("offline");
      });
      document.addEventListener("visibilitychange", () => {
        if (document.hidden) return;
        this.checked = false; // somebody else may have signed in meanwhile
        this.send();
      });
      this.send();
    }

    held() { return [...this.rows.values()].filter((row) => !row.refused); }
    waiting() { return [...this.rows.values()].filter((row) => !row.sent && !row.refused).sort(before); }
    refused() { return [...this.rows.values()].filter((row) => row.refused).sort(before); }
    state() { return fold(this.held()); }

    /** Note something; done once it is on the disk (or, where the browser keeps nothing, in this page). */
    async note(kind, question, detail) {
      // a clock that was set back must not put what comes later before what came earlier
      let at = instant(Date.now());
      for (const row of this.rows.values()) if (row.at >= at) at = instant(Date.parse(row.at) + 1);
      if (this.last >= at) at = instant(Date.parse(this.last) + 1);
      this.last = at;
      const row = { user: this.user, seat: this.seat, uuid: newUuid(), kind, question, detail, at, sent: false, refused: "" };
      try {
        await put([row]);
        this.kept = true;
      } catch {
        this.kept = false;
      }
      this.rows.set(row.uuid, row);
      if (this.channel) this.channel.postMessage("noted");
      this.settle(this.standing === "saved" ? "sending" : this.standing);
      this.send();
      return row;
    }

    settle(standing) {
      this.standing = standing;
      this.changed();
    }

    later() {
      clearTimeout(this.timer);
      this.pause = Math.min(Math.max(this.pause * 2, 1000), LONGEST_PAUSE_MS);
      this.timer = setTimeout(() => this.send(), this.pause);
    }

    async send() {
      if (this.busy) { this.again = true; return; }
      this.busy = true;
      clearTimeout(this.timer);
      try {
        do {
          this.again = false;
          const batch = this.waiting().slice(0, MOST_AT_ONCE);
          const standing = batch.length ? await this.hand(batch) : this.checked ? "" : await this.renew();
          this.checked = !standing;
          if (standing) {
            this.settle(standing);
            this.later();
            return;
          }
          this.pause = 0;
          this.again = this.again || this.waiting().length > 0;
          if (!this.again) this.settle("saved");
        } while (this.again);
      } finally {
        this.busy = false;
      }
    }

    /** Hand in a batch. Returns where it failed, or nothing. */
    async hand(batch) {
      const entries = batch.map(({ uuid, kind, question, detail, at }) => ({ uuid, kind, question, detail, at }));
      let answer = await this.ask("POST", JSON.stringify({ now: instant(Date.now()), entries }));
      if (answer.status === 403) { // signed in anew: another token
        const fresh = await this.renew();
        if (fresh) return fresh;
        answer = await this.ask("POST", JSON.stringify({ now: instant(Date.now()), entries }));
      }
      if (answer.standing) return answer.standing;
      if (answer.status !== 200 || !answer.told || answer.told.user !== this.user) return this.meaning(answer);
      await this.acknowledge(batch, answer.told);
      return "";
    }

    async ask(method, body) {
      const stop = new AbortController();
      const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
      try {
        const headers = { "X-CSRFToken": this.token };
        if (body) headers["Content-Type"] = "application/json";
        const answer = await fetch(this.url, { method, body, headers, redirect: "manual", signal: stop.signal, cache: "no-store" });
        if (answer.type === "opaqueredirect") return { standing: "signed_out" };
        const told = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : null;
        return { status: answer.status, told };
      } catch {
        return { standing: "offline" };
      } finally {
        clearTimeout(timer);
      }
    }

    async renew() {
      const answer = await this.ask("GET");
      if (answer.standing) return answer.standing;
      if (answer.status !== 200 || !answer.told || answer.told.user !== this.user) return this.meaning(answer);
      this.token = answer.told.token;
      // a page that was kept may be older than what was noted since
      this.take(answer.told.entries, true);
      this.accepted = this.accepted || answer.told.submitted;
      return "";
    }

    meaning(answer) {
      if (answer.status === 404 || (answer.told && answer.told.user !== undefined && answer.told.user !== this.user)) return "other_user";
      return "trouble";
    }

    async acknowledge(batch, told) {
      const kept = new Set(told.kept);
      const refused = new Map(told.refused.map((one) => [one.uuid || batch[one.place]?.uuid, one.says]));
      const changed = [];
      for (const row of batch) {
        if (kept.has(row.uuid)) row.sent = true;
        else if (refused.has(row.uuid)) row.refused = refused.get(row.uuid);
        else continue;
        changed.push(row);
      }
      // what the server has is its; what it did not take stays here in sight
      try { await put(changed); } catch { this.kept = false; }
      this.accepted = this.accepted || told.submitted;
      this.changed();
    }

    /** After the end: what the server has is taken from this device. */
    async clear() {
      await drop((await mine(this.user, this.seat)).filter((row) => row.sent));
    }
  }

  window.poiseRoom = { Journal, allMine, fold };
})();
