// A refused or interrupted passkey gesture is said on the page, not only in the console.
(function () {
  document.addEventListener('allauth.error', function (event) {
    const place = document.querySelector('[data-webauthn-error]')
    if (!place) return
    event.preventDefault()
    const name = event.detail && event.detail.exception ? event.detail.exception.name : ''
    if (name === 'InvalidStateError') {
      place.textContent = 'Cette clé est déjà enregistrée sur votre compte.'
    } else if (name === 'NotAllowedError') {
      place.textContent = 'Le geste a été annulé ou a pris trop de temps. Rien n’a changé : réessayez.'
    } else if (name === 'SecurityError') {
      place.textContent = 'Les clés d’accès demandent une adresse par nom (https://… ou localhost), pas une adresse IP. Utilisez une application de codes ici.'
    } else {
      place.textContent = 'Cet appareil n’a pas pu utiliser la clé d’accès. Réessayez, ou choisissez un autre moyen.'
    }
    place.hidden = false
  })
})()
