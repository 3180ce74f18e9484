// What the room's page shows of a journal: progress, quotes, levels, marks, clocks and what waits.
(() => {
  "use strict";
  const all = (where, selector) => [...where.querySelectorAll(selector)];
  const minutes = (seconds) => {
    const whole = Math.max(0, Math.floor(seconds));
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  };
  const standing = (question, state) => {
    const quotes = (state.quotes.get(question.key) || []).length;
    if (state.levels.has(question.key)) return state.levels.get(question.key) === null ? "unobserved" : quotes ? "rated" : "lacks";
    if (!question.scored && quotes) return "noted";
    return state.asked.has(question.key) ? "asked" : "open";
  };
  const lack = (question, state) => {
    if (!question.scored) return "";
    if (!state.levels.has(question.key)) return "no_level";
    return standing(question, state) === "lacks" ? "no_quote" : "";
  };

  class Page {
    constructor(told) {
      this.told = told;
      this.steps = all(document, "[data-step]");
      this.quoteRow = document.getElementById("quote-row");
      this.says = document.getElementById("room-says");
      this.state = null;
    }

    step(key) { return this.steps.find((one) => one.dataset.step === key); }
    here() { return this.steps.find((one) => !one.hidden).dataset.step; }
    say(text) { this.says.textContent = ""; this.says.textContent = text; }

    show(key) {
      for (const one of this.steps) one.hidden = one.dataset.step !== key;
      for (const one of all(document, ".steps a")) {
        if (one.dataset.to === key) {
          one.setAttribute("aria-current", "step");
          one.scrollIntoView({ block: "nearest", inline: "center" });
        } else one.removeAttribute("aria-current");
      }
      const marks = document.querySelector(".marks");
      if (marks) marks.hidden = key === "start" || key === "review";
      const place = this.steps.findIndex((one) => one.dataset.step === key);
      document.querySelector("[data-way='-1']").hidden = place === 0;
      document.querySelector("[data-way='1']").hidden = place === this.steps.length - 1;
      history.replaceState(null, "", `?at=${encodeURIComponent(key)}`);
      this.tick();
    }

    draw(journal, takeBack) {
      const { told } = this;
      const state = this.state = journal.state();
      for (const question of told.questions) {
        const where = this.step(question.key);
        this.drawQuotes(where.querySelector(".quotes"), state.quotes.get(question.key) || [], question.key, takeBack);
        const [sign, words] = told.standing[standing(question, state)];
        const link = document.querySelector(`.steps a[data-to="${CSS.escape(question.key)}"]`);
        link.className = standing(question, state);
        link.querySelector("[data-sign]").textContent = sign;
        link.querySelector("[data-words]").textContent = words;
        if (question.scored) this.drawLevel(where, question, state);
        this.drawRow(question, state);
      }
      this.drawMarks(state);
      const submit = document.querySelector("[data-submit]");
      submit.querySelector("button").disabled = !told.mayRate || state.submitted !== null || told.questions.some((one) => lack(one, state));
      submit.querySelector("[data-submitting]").hidden = state.submitted === null;
      for (const one of all(document, ".quoting input, .quoting button, .quotes button, .marks button")) one.disabled = state.submitted !== null;
      for (const one of all(document, ".levels fieldset")) one.disabled = !told.mayRate || state.submitted !== null;
      this.drawState(journal);
      this.tick();
    }

    drawQuotes(list, quotes, question, takeBack) {
      const wanted = quotes.map((one) => one.uuid).join();
      if (list.dataset.drawn === wanted) return;
      list.dataset.drawn = wanted;
      list.replaceChildren(...quotes.map((quote) => {
        const row = this.quoteRow.content.cloneNode(true);
        row.querySelector("q").textContent = quote.text;
        row.querySelector("button").addEventListener("click", () => takeBack("unquoted", question, quote.uuid));
        return row;
      }));
    }

    drawLevel(where, question, state) {
      const has = state.levels.has(question.key);
      const level = state.levels.get(question.key);
      for (const radio of all(where, "input[name=level]")) radio.checked = has && radio.value === (level === null ? "none" : String(level));
      where.querySelector("[data-lacks]").hidden = standing(question, state) !== "lacks";
    }

    drawRow(question, state) {
      const row = document.querySelector(`[data-row="${CSS.escape(question.key)}"]`);
      const { words } = this.told;
      if (question.scored) {
        const level = state.levels.get(question.key);
        row.querySelector("[data-level]").textContent = level === undefined ? "" : level === null ? words.not_observed : String(level);
      }
      row.querySelector("[data-quotes]").textContent = String((state.quotes.get(question.key) || []).length);
      row.querySelector("[data-lack]").textContent = lack(question, state) ? words[lack(question, state)] : "";
    }

    drawMarks(state) {
      for (const button of all(document, ".marks button[name=mark]")) {
        const count = state.marks.filter((one) => one.kind === button.value).length;
        button.querySelector("[data-count]").textContent = count ? String(count) : "";
      }
      const back = document.querySelector("[data-unmark]");
      if (!back) return;
      const last = state.marks[state.marks.length - 1];
      back.hidden = !last;
      back.querySelector("[data-last]").textContent = last ? this.told.words[last.kind] || last.kind : "";
    }

    drawState(journal) {
      const now = journal.kept ? journal.standing : journal.standing === "saved" ? "saved" : "not_kept";
      for (const one of all(document, "[data-says]")) {
        const hide = one.dataset.says !== now;
        if (one.hidden !== hide) one.hidden = hide;
      }
      // whoever sits here now is not who wrote this
      document.querySelector("main").classList.toggle("foreign", now === "other_user");
      const waits = String(journal.waiting().length);
      for (const one of all(document, "[data-waiting]")) if (one.textContent !== waits) one.textContent = waits;
      const refused = journal.refused();
      const section = document.getElementById("refused");
      section.hidden = !refused.length;
      section.querySelector("ul").replaceChildren(...refused.map((row) => {
        const line = document.createElement("li");
        const what = document.createElement("bdi");
        what.textContent = this.told.words[row.kind] + (row.detail.text ? `: ${row.detail.text}` : row.detail.level ? `: ${row.detail.level}` : row.detail.kind ? `: ${this.told.words[row.detail.kind] || row.detail.kind}` : "");
        line.append(what, ` – ${row.refused}`);
        return line;
      }));
    }

    /** The clocks: of the whole since the first question was asked, of this one until the next was. */
    tick() {
      if (!this.state) return;
      const asked = [...this.state.asked];
      const clocks = document.querySelector(".clocks");
      clocks.hidden = !asked.length;
      if (!asked.length) return;
      const { told } = this;
      const since = (at, until) => ((until ? Date.parse(until) : Date.now()) - Date.parse(at)) / 1000;
      const end = this.state.submitted;
      this.clock("whole", since(asked[0][1], end), told.seconds);
      const place = asked.findIndex(([key]) => key === this.here());
      clocks.querySelector("[data-clock=each]").parentElement.hidden = place < 0;
      if (place >= 0) this.clock("each", since(asked[place][1], place + 1 < asked.length ? asked[place + 1][1] : end), told.each);
    }

    clock(name, seconds, of) {
      const where = document.querySelector(`[data-clock=${name}]`);
      const late = seconds > of;
      where.textContent = `${minutes(seconds)} / ${minutes(of)}${late ? ` · ${this.told.words.over}` : ""}`;
      where.classList.toggle("late", late);
    }
  }

  window.poiseRoom.Page = Page;
  window.poiseRoom.lack = lack;
})();
