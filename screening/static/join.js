// What stands behind the # was never sent anywhere: it goes into the form, and out of the address and the history.
if (location.hash.length > 1) {
  document.getElementById("link").value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
}
