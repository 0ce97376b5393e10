// Takes the token of a link into the form, and out of the address bar.
const token = new URLSearchParams(location.hash.slice(1)).get('token');
if (token) {
  history.replaceState(null, '', location.pathname + location.search);
  document.getElementById('token').value = token;
}
