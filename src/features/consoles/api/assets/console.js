// The serial console of a virtual machine in a browser. The ticket is the last part of this page's address;
// it is good for one connection, so a console that was closed needs a new session.
const terminal = new Terminal({
  cursorBlink: true,
  fontSize: 14,
  scrollback: 5000,
  theme: { background: '#11151c' },
});
const fit = new FitAddon.FitAddon();
terminal.loadAddon(fit);
terminal.open(document.getElementById('terminal'));
fit.fit();
addEventListener('resize', () => fit.fit());

const state = document.getElementById('state');
const show = (name, text) => {
  state.dataset.state = name;
  state.textContent = text;
};

const ticket = location.pathname.split('/').pop();
const address = new URL(`/api/v1/consoles/${ticket}`, location.href);
address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
const socket = new WebSocket(address);
socket.binaryType = 'arraybuffer';

socket.onopen = () => {
  show('connected', 'Connected');
  terminal.focus();
};
socket.onmessage = (message) => terminal.write(new Uint8Array(message.data));
socket.onclose = (event) => {
  const reason = event.reason || 'The connection ended. Ask for a new console session to connect again.';
  show('closed', 'Closed');
  terminal.write(`\r\n\x1b[33m${reason}\x1b[0m\r\n`);
};

const encoder = new TextEncoder();
terminal.onData((text) => {
  if (socket.readyState === WebSocket.OPEN) socket.send(encoder.encode(text));
});
