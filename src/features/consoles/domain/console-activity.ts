import type { ConsoleType } from './console-session.js';

/** RFC 6143 section 7.5.3: the client asks for what changed on the screen, whether anybody looks or not. */
const FRAMEBUFFER_UPDATE_REQUEST = 3;
const REQUEST_BYTES = 10;

/** Whether a message to the guest is somebody's doing. noVNC sends its requests for pictures one by one. */
export function isInput(type: ConsoleType, message: Buffer): boolean {
  const asksForPicture = message.length === REQUEST_BYTES && message[0] === FRAMEBUFFER_UPDATE_REQUEST;
  return !(type === 'vnc' && asksForPicture);
}
