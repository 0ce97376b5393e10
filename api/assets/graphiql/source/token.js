// The visitor's token: kept for this browser tab only, never in a cookie or in local storage.
const KEY = 'postmortem:token';

export function load() {
  const fromLink = new URLSearchParams(location.hash.slice(1)).get('token');
  if (fromLink !== null) {
    // Taken once; out of the address bar before anyone copies or bookmarks it.
    history.replaceState(null, '', location.pathname + location.search);
    save(fromLink.trim());
  }
  return sessionStorage.getItem(KEY) ?? '';
}

export function save(token) {
  if (token) sessionStorage.setItem(KEY, token);
  else sessionStorage.removeItem(KEY);
}

export const authorization = (token) => (token ? { Authorization: `Bearer ${token}` } : {});
