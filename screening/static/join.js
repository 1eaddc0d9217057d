// Browsers never send the URL fragment. Move the link's secret from it into the form, and out of URL and history.
if (location.hash.length > 1) {
  document.getElementById("link").value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
}
