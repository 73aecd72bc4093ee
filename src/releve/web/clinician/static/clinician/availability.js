/* Each list of a half-day becomes a button: a tap goes to the next answer. The lists stay the form's fields. */
(() => {
  "use strict";
  const form = document.querySelector("[data-avail]");
  if (!form) return;
  const counter = form.querySelector(".rl-avail-count");
  const first = new Map();
  const pairs = [];
  const changed = () => pairs.filter(({ select }) => select.value !== first.get(select)).length;
  const tell = () => {
    const n = changed();
    counter.textContent = n ? `${n} changement${n > 1 ? "s" : ""} à enregistrer` : "";
  };
  const dress = ({ select, button }) => {
    const label = select.selectedOptions[0].textContent;
    button.dataset.state = select.value;
    button.querySelector("b").textContent = label;
  };
  form.querySelectorAll("select[data-half]").forEach((select) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "rl-avail-tap";
    const shape = document.createElement("span");
    shape.className = "rl-avail-shape";
    shape.setAttribute("aria-hidden", "true");
    const words = document.createElement("span");
    const half = document.createElement("small");
    half.textContent = select.dataset.half;
    const day = document.createElement("span");
    day.className = "visually-hidden";
    day.textContent = `, ${select.dataset.day}`;
    words.append(half, document.createElement("b"), day);
    button.append(shape, words);
    const pair = { select, button };
    pairs.push(pair);
    first.set(select, select.querySelector("option[selected]")?.value ?? "");
    button.addEventListener("click", () => {
      select.selectedIndex = (select.selectedIndex + 1) % select.options.length;
      dress(pair);
      tell();
    });
    form.querySelector(`label[for="${select.id}"]`)?.remove();
    select.hidden = true;
    select.after(button);
    dress(pair);
  });
  form.querySelectorAll("[data-avail-copy]").forEach((copy) => {
    copy.addEventListener("click", () => {
      const week = copy.closest("[data-avail-week]");
      const weeks = [...form.querySelectorAll("[data-avail-week]")];
      const before = weeks[weeks.indexOf(week) - 1];
      const key = (select) => select.name.slice(0, 10);
      const slot = (select) => `${new Date(`${key(select)}T12:00`).getDay()} ${select.dataset.half}`;
      const answers = new Map([...before.querySelectorAll("select[data-half]")].map((s) => [slot(s), s.value]));
      pairs.filter(({ select }) => week.contains(select)).forEach((pair) => {
        const value = answers.get(slot(pair.select));
        if (value !== undefined) { pair.select.value = value; dress(pair); }
      });
      tell();
    });
  });
  window.addEventListener("beforeunload", (event) => { if (changed() && form.dataset.sending !== "yes") event.preventDefault(); });
  tell();
})();
