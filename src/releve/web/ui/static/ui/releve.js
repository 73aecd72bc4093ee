/* Relève: small enhancements. Every page works without this file. No inline script anywhere (strict CSP). */
(() => {
  "use strict";
  const root = document.documentElement;
  const OFFLINE = "La connexion est coupée\u00a0: rien n’a été enregistré. Réessayez quand elle revient.";
  const SLOW = "Le serveur met trop de temps à répondre. Vérifiez si c’est enregistré avant de recommencer.";

  /* Toasts: quiet confirmations go away by themselves, errors stay until closed. */
  const dressToast = (toast) => {
    const close = document.createElement("button");
    close.type = "button";
    close.className = "btn-close";
    close.setAttribute("aria-label", "Fermer ce message");
    close.addEventListener("click", () => toast.remove());
    toast.append(close);
    if (["success", "info"].includes(toast.dataset.toast)) {
      let timer = setTimeout(() => toast.remove(), 8000);
      toast.addEventListener("mouseenter", () => clearTimeout(timer));
      toast.addEventListener("focusin", () => clearTimeout(timer));
    }
  };
  const showToast = (text, level = "info") => {
    const region = document.getElementById("toasts");
    if (!region) return;
    const toast = document.createElement("div");
    toast.className = `rl-toast rl-tone-${{ error: "brick", warning: "straw", success: "leaf" }[level] || "sky"}`;
    toast.dataset.toast = level;
    const words = document.createElement("p");
    words.textContent = text;
    toast.append(words);
    region.append(toast);
    dressToast(toast);
  };
  window.releve = { showToast };

  /* Theme: the system's choice unless the person chose; remembered for a year in a cookie the server reads. */
  const isDark = () => (root.dataset.bsTheme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const setUpTheme = () => document.querySelectorAll("[data-theme-switch]").forEach((button) => {
    button.hidden = false;
    button.setAttribute("aria-pressed", String(isDark()));
    button.addEventListener("click", () => {
      const chosen = isDark() ? "light" : "dark";
      root.dataset.bsTheme = chosen;
      document.cookie = `releve-theme=${chosen}; path=/; max-age=31536000; samesite=lax`;
      button.setAttribute("aria-pressed", String(isDark()));
      document.dispatchEvent(new CustomEvent("releve:theme"));
    });
  });

  /* Confirmation: <form data-confirm="Annuler ce rendez-vous ?" data-confirm-action="Annuler le rendez-vous">. */
  const askBefore = (form, submitter) => {
    const dialog = document.createElement("dialog");
    dialog.className = "rl-dialog";
    dialog.setAttribute("aria-labelledby", "rl-confirm-title");
    const body = document.createElement("div");
    body.className = "rl-dialog-body";
    const title = document.createElement("h2");
    title.id = "rl-confirm-title";
    title.textContent = form.dataset.confirm;
    const row = document.createElement("p");
    row.className = "rl-actions";
    const yes = document.createElement("button");
    yes.type = "button";
    yes.className = "btn btn-danger";
    yes.textContent = form.dataset.confirmAction || "Confirmer";
    const no = document.createElement("button");
    no.type = "button";
    no.className = "btn btn-outline-primary";
    no.textContent = "Ne rien changer";
    row.append(yes, no);
    body.append(title, row);
    dialog.append(body);
    document.body.append(dialog);
    dialog.addEventListener("close", () => dialog.remove());
    no.addEventListener("click", () => dialog.close());
    yes.addEventListener("click", () => {
      form.dataset.confirmed = "yes";
      dialog.close();
      form.requestSubmit(submitter || undefined);
    });
    dialog.showModal();
    no.focus();
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.confirm && form.dataset.confirmed !== "yes" && window.HTMLDialogElement) {
      event.preventDefault();
      event.stopImmediatePropagation();
      askBefore(form, event.submitter);
      return;
    }
    delete form.dataset.confirmed;
    if (form.method !== "post") return;
    /* A second press of a slow button must not send twice. HTMX forms are freed when the answer comes. */
    if (form.dataset.sending === "yes") { event.preventDefault(); event.stopImmediatePropagation(); return; }
    form.dataset.sending = "yes";
    if (event.submitter) event.submitter.setAttribute("aria-busy", "true");
  }, true);
  const free = (scope) => {
    const forms = scope instanceof HTMLFormElement ? [scope] : scope.querySelectorAll ? scope.querySelectorAll("form[data-sending]") : [];
    forms.forEach((form) => { delete form.dataset.sending; form.querySelectorAll("[aria-busy]").forEach((b) => b.removeAttribute("aria-busy")); });
  };
  window.addEventListener("pageshow", () => free(document));

  /* HTMX: the CSRF header, and errors said in French. */
  const csrf = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value || document.body?.dataset.csrf || "";
  document.addEventListener("htmx:configRequest", (event) => { if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = csrf(); });
  document.addEventListener("htmx:afterRequest", (event) => { const form = event.detail.elt?.closest?.("form"); if (form) free(form); });
  document.addEventListener("htmx:sendError", () => document.getElementById("reseau")?.hidden === false || showToast(OFFLINE, "error"));
  document.addEventListener("htmx:timeout", () => showToast(SLOW, "error"));
  document.addEventListener("htmx:responseError", (event) => {
    const page = new DOMParser().parseFromString(event.detail.xhr.responseText || "", "text/html");
    const words = page.querySelector(".rl-error-fragment")?.textContent.trim();
    showToast(words || `Le serveur a refusé (erreur ${event.detail.xhr.status})\u00a0: rien n’a été enregistré.`, "error");
  });
  /* The day board keeps what is done offline and says so itself (#reseau). */
  const hasOwnNotice = () => document.getElementById("reseau") !== null;
  window.addEventListener("offline", () => hasOwnNotice() || showToast("La connexion est coupée. Cette page reste lisible, rien ne sera enregistré.", "warning"));
  window.addEventListener("online", () => hasOwnNotice() || showToast("La connexion est revenue.", "success"));

  /* data-autosubmit: a filter that applies when changed (its button stays for those without JavaScript). */
  document.addEventListener("change", (event) => { const form = event.target.closest?.("form[data-autosubmit]"); if (form) form.requestSubmit(); });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-dialog]");
    if (opener) { const dialog = document.getElementById(opener.dataset.dialog); if (dialog?.showModal) { event.preventDefault(); dialog.showModal(); } }
    const printer = event.target.closest?.("[data-print]");
    if (printer) { event.preventDefault(); window.print(); }
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
  });

  const start = () => {
    setUpTheme();
    document.querySelectorAll("[data-toast]").forEach(dressToast);
    document.querySelectorAll("[data-js-only]").forEach((item) => { item.hidden = false; });
    /* Menus wider than the screen start on the present page, not on the first item. */
    document.querySelectorAll(".rl-header-nav [aria-current], .rl-tabs [aria-current]").forEach((item) => {
      const bar = item.parentElement;
      if (bar.scrollWidth > bar.clientWidth) bar.scrollLeft += item.getBoundingClientRect().right - bar.getBoundingClientRect().right + 32;
    });
    document.querySelector("[data-autofocus]")?.focus();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
})();
