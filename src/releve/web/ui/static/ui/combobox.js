/* A text field with suggestions (WAI-ARIA combobox). HTMX brings the options; without JavaScript the field is a plain
   search field. Options carry data-href (go there) or data-value + data-code (fill the field and its hidden twin,
   named by data-combobox-code on the wrapper). */
(() => {
  "use strict";
  let serial = 0;
  const setUp = (box) => {
    const input = box.querySelector("[data-combobox-input]");
    const list = box.querySelector("[data-combobox-list]");
    if (!input || !list || box.dataset.ready) return;
    box.dataset.ready = "yes";
    list.id ||= `rl-liste-${++serial}`;
    const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id };
    Object.entries(attributes).forEach(([name, value]) => input.setAttribute(name, value));
    const options = () => [...list.querySelectorAll("[role=option]")];
    const current = () => list.querySelector("[aria-selected=true]");
    const close = () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
    const open = () => { if (list.innerHTML.trim() && document.activeElement === input) { list.hidden = false; input.setAttribute("aria-expanded", String(options().length > 0)); } else close(); };
    const mark = (option) => {
      options().forEach((item) => item.setAttribute("aria-selected", String(item === option)));
      if (option) { input.setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); } else input.removeAttribute("aria-activedescendant");
    };
    const choose = (option) => {
      if (option.dataset.href) { input.value = option.dataset.value; close(); window.location.assign(option.dataset.href); return; }
      input.value = option.dataset.value;
      const twin = document.getElementById(box.dataset.comboboxCode);
      if (twin) { twin.value = option.dataset.code; twin.dispatchEvent(new Event("change", { bubbles: true })); }
      close();
    };
    list.addEventListener("htmx:afterSwap", open);
    list.addEventListener("mousedown", (event) => { const option = event.target.closest("[role=option]"); if (option) { event.preventDefault(); choose(option); } });
    input.addEventListener("blur", close);
    input.addEventListener("focus", open);
    input.addEventListener("input", () => { if (input.value.trim().length < 2) { list.innerHTML = ""; close(); } });
    input.addEventListener("keydown", (event) => {
      const items = options();
      const at = items.indexOf(current());
      if (event.key === "ArrowDown" && items.length) { event.preventDefault(); open(); mark(items[(at + 1) % items.length]); }
      else if (event.key === "ArrowUp" && items.length) { event.preventDefault(); open(); mark(items[(at - 1 + items.length) % items.length]); }
      else if (event.key === "Enter" && !list.hidden && at >= 0) { event.preventDefault(); choose(items[at]); }
      else if (event.key === "Escape") { close(); mark(null); }
    });
  };
  const start = () => document.querySelectorAll("[data-combobox]").forEach(setUp);
  document.addEventListener("htmx:load", start);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
})();
