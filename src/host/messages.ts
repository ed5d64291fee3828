import type { Socket } from 'node:net';

/** Calls with each message of a connection: one JSON document a line. */
export function eachMessage<Message>(socket: Socket, receive: (message: Message) => void): void {
  let partialLine = '';
  socket.setEncoding('utf8').on('data', (piece: string) => {
    const lines = (partialLine + piece).split('\n');
    partialLine = lines.pop() ?? '';
    for (const line of lines) receive(JSON.parse(line) as Message);
  });
}
