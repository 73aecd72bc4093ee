/* Copy the address of the calendar; without this file the field can be selected and copied by hand. */
(() => {
  "use strict";
  document.querySelectorAll("[data-copy]").forEach((button) => {
    button.addEventListener("click", async () => {
      const field = document.getElementById(button.dataset.copy);
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
        window.releve?.showToast("L’adresse est copiée.", "success");
      } catch {
        window.releve?.showToast("Copiez l’adresse sélectionnée\u00a0: appui long, puis «\u00a0Copier\u00a0».", "info");
      }
    });
  });
})();
