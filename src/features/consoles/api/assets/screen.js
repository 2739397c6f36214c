// The screen of a virtual machine in a browser. The ticket is the last part of this page's address; it is good for
// one connection, so a screen that was closed needs a new session.
import RFB from '/console/assets/novnc/core/rfb.js';

const state = document.getElementById('state');
const notice = document.getElementById('notice');
const keys = document.getElementById('ctrl-alt-del');
const clipboard = document.getElementById('clipboard');
const show = (name, text) => {
  state.dataset.state = name;
  state.textContent = text;
};

const ticket = location.pathname.split('/').pop();
const address = new URL(`/api/v1/consoles/${ticket}`, location.href);
address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
const socket = new WebSocket(address);
// noVNC keeps the reason to itself, and listens after us.
let reason = '';
socket.addEventListener('close', (event) => {
  reason = event.reason;
});
const screen = new RFB(document.getElementById('screen'), socket);
screen.scaleViewport = true;
screen.background = '#11151c';

screen.addEventListener('connect', () => {
  show('connected', 'Connected');
  keys.disabled = false;
  screen.focus();
});
screen.addEventListener('disconnect', () => {
  show('closed', 'Closed');
  keys.disabled = true;
  notice.textContent = `${reason || 'The connection ended.'} Ask for a new console session to connect again.`;
  notice.hidden = false;
});
keys.addEventListener('click', () => {
  screen.sendCtrlAltDel();
  screen.focus();
});

// Nothing of this machine's clipboard goes to the guest, nor the guest's to it, unless somebody says so.
screen.addEventListener('clipboard', (event) => {
  if (clipboard.checked) navigator.clipboard?.writeText(event.detail.text).catch(() => {});
});
addEventListener('paste', (event) => {
  const text = event.clipboardData?.getData('text/plain');
  if (clipboard.checked && text) screen.clipboardPasteFrom(text);
});
