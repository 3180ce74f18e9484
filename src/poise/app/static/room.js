// The interview room by tap and by key, with and without a connection. Without scripts the page is plain forms.
(() => {
  "use strict";
  const source = document.getElementById("room-told");
  const told = source && JSON.parse(source.textContent);
  const worker = async () => {
    if (!("serviceWorker" in navigator)) return;
    const assets = [...document.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src]")].map((one) => one.href || one.src);
    try {
      await navigator.serviceWorker.register(told.worker);
      const ready = await navigator.serviceWorker.ready;
      ready.active.postMessage({ kind: "keep", user: String(told.user), page: location.pathname, assets });
    } catch { /* no worker: a reload needs the server, notes are kept all the same */ }
  };
  if (!told) return;
  const { Journal, Page } = window.poiseRoom;
  const page = new Page(told);
  const stepsTo = () => {
    for (const link of document.querySelectorAll("[data-to]")) {
      link.addEventListener("click", (event) => { event.preventDefault(); go(link.dataset.to); });
    }
  };
  const focusQuestion = (key) => page.step(key).querySelector("h2")?.focus({ preventScroll: true });
  let go = (key) => { page.show(key); };
  if (!told.open) { // read only: nothing is noted, steps need no server
    stepsTo();
    for (const link of document.querySelectorAll("[data-way]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        const place = page.steps.findIndex((one) => !one.hidden) + Number(link.dataset.way);
        if (page.steps[place]) go(page.steps[place].dataset.step);
      });
    }
    left();
    worker();
    return;
  }

  // what was not sent before the end is tried once more; refused, it stays in sight
  function left() {
    const journal = new Journal(told, () => page.drawState(journal));
    journal.start().then(() => journal.clear()).catch(() => { /* this browser keeps nothing */ });
  }

  const { words } = told;
  let before = "saved";
  const draw = () => {
    if (journal.accepted && !journal.waiting().length) {
      if (!reloading) location.reload();
      reloading = true;
      return;
    }
    // signing in elsewhere took what was kept of this page away
    if (journal.standing === "saved" && before === "signed_out") worker();
    if (journal.standing !== "sending") before = journal.standing;
    page.draw(journal, takeBack);
  };
  let reloading = false;
  const journal = new Journal(told, () => draw());
  const takeBack = (kind, question, of) => journal.note(kind, question, { of }).then(() => page.say(words.back));
  // to the room's own bar: the way to the other rooms would take the place of a level
  const toTheRoom = () => window.scrollTo({ top: document.getElementById("main").offsetTop });
  const asks = (key) => told.questions.some((one) => one.key === key);
  const state = () => journal.state();
  go = async (key) => {
    // looking around before the beginning asks nothing
    if (asks(key) && state().asked.size && !state().asked.has(key) && state().submitted === null) await journal.note("asked", key, {});
    page.show(key);
    toTheRoom();
    focusQuestion(key);
  };
  const move = (by) => {
    const place = page.steps.findIndex((one) => !one.hidden) + by;
    if (page.steps[place]) go(page.steps[place].dataset.step);
  };
  const rate = async (key, level) => {
    if (!told.mayRate || state().submitted !== null) return;
    if (level === "none") await journal.note("not_observed", key, {});
    else await journal.note("rated", key, { level: Number(level) });
    const lacks = level !== "none" && !(state().quotes.get(key) || []).length;
    page.say(lacks ? words.level_needs : `${words.level}: ${level === "none" ? words.not_observed : level}`);
  };
  const mark = async (kind) => {
    if (!asks(page.here()) || state().submitted !== null) return;
    await journal.note("marked", page.here(), { kind });
    page.say(`${words.noted} ${words[kind]}`);
  };
  const unmark = () => {
    const last = state().marks.at(-1);
    if (last && state().submitted === null) takeBack("unmarked", last.question, last.uuid);
  };

  // forms become notes
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.closest("main.room") || form.method === "dialog") return;
    event.preventDefault();
    const key = form.elements.question?.value || "";
    if (form.classList.contains("quoting")) {
      const box = form.elements.text;
      const text = box.value.trim();
      if (!text) return;
      box.value = "";
      journal.note("quoted", key, { text }).then(() => page.say(words.noted));
    } else if (form.hasAttribute("data-begin")) {
      (state().asked.has(key) ? Promise.resolve() : journal.note("asked", key, {})).then(() => go(key));
    } else if (form.dataset.way) move(1);
    else if (form.hasAttribute("data-unmark")) unmark();
    else if (form.hasAttribute("data-submit")) journal.note("submitted", "", {});
    else if (form.closest(".marks")) mark(event.submitter.value);
  });
  document.addEventListener("change", (event) => {
    if (event.target.name === "level") rate(event.target.closest("[data-step]").dataset.step, event.target.value);
  });
  for (const radio of document.querySelectorAll("input[name=level]")) {
    // a tap leaves no radio in focus, or the next arrow key would change the level
    radio.addEventListener("pointerup", () => setTimeout(() => radio.blur()));
  }
  for (const label of document.querySelectorAll("label.anchor")) {
    label.addEventListener("pointerup", () => setTimeout(() => document.activeElement?.name === "level" && document.activeElement.blur(), 50));
  }
  for (const link of document.querySelectorAll("a[data-way]")) {
    link.addEventListener("click", (event) => { event.preventDefault(); move(Number(link.dataset.way)); });
  }
  stepsTo();
  for (const one of document.querySelectorAll(".scriptless")) one.hidden = true;
  for (const one of document.querySelectorAll(".levels input")) one.required = false;
  document.querySelector(".roomstate").hidden = false;

  // keys
  const dialog = document.getElementById("keys");
  const open = document.getElementById("keys-open");
  const on = document.getElementById("keys-on");
  const kept = "poise-keys";
  try { on.checked = localStorage.getItem(kept) !== "off"; } catch { /* storage is refused: the keys are on */ }
  on.addEventListener("change", () => {
    try { localStorage.setItem(kept, on.checked ? "on" : "off"); } catch { /* holds for this page only */ }
  });
  open.hidden = false;
  open.addEventListener("click", () => dialog.showModal());
  // by their place on the keyboard, so that they are where they are under any layout
  const letters = { KeyI: "interrupted", KeyG: "greeted", KeyC: "repeated_to_confirm", KeyN: "nodded", KeyT: "head_tilt", KeyE: "eye_contact" };
  const pressed = (event) => {
    const here = page.here();
    const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    const back = document.documentElement.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
    const scored = page.step(here).hasAttribute("data-scored");
    const digit = /^(?:Digit|Numpad)([0-5])$/.exec(event.code);
    if (event.key === "?") dialog.showModal();
    else if (event.key === forward) move(1);
    else if (event.key === back) move(-1);
    else if (digit && scored && !event.shiftKey) rate(here, digit[1] === "0" ? "none" : digit[1]);
    else if (event.code === "KeyQ") page.step(here).querySelector(".quoting input[name=text]")?.focus();
    else if (event.code === "KeyU") unmark();
    else if (event.code === "KeyR") go("review");
    else if (letters[event.code] && document.querySelector(`.marks button[value=${letters[event.code]}]`)) mark(letters[event.code]);
    else return false;
    return true;
  };
  document.addEventListener("keydown", (event) => {
    if (!on.checked && event.key !== "?") return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || dialog.open) return;
    const field = event.target.closest("input, select, textarea, [contenteditable]");
    if (field && event.key === "Escape") field.blur();
    if (field) return;
    if (pressed(event)) event.preventDefault();
  });

  setInterval(() => page.tick(), 1000);
  journal.start().then(() => {
    // a page that was kept shows the step of when it was kept
    const wanted = new URLSearchParams(location.search).get("at");
    const last = page.step(wanted) ? wanted : [...state().asked.keys()].at(-1);
    if (last && last !== page.here()) page.show(last);
    if (asks(page.here()) && !window.scrollY) toTheRoom();
  });
  worker();
})();
