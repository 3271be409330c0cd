// Opens the chat's socket while the page's other modules are still on their way, so that nobody waits for its handshake
// after them. Imports nothing: that is why it runs first.

let socket = new WebSocket(`${location.origin.replace("http", "ws")}/ws/v1?as=chat`);

/** That socket, to whoever wants one of this address first, if nothing has happened to it; null afterwards. */
export function early(url) {
  const opened = socket?.url === url && socket.readyState <= WebSocket.OPEN ? socket : null;
  if (!opened) socket?.close();
  socket = null;
  return opened;
}
