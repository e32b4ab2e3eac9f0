/**
 * Connections on which nothing is asked for now. They are kept: Mesos' own libraries open one for their
 * calls before they have any to make, and take its end for the loss of the master or agent. Only when
 * there are more connections than may be, the one that has been quiet for longest makes room.
 *
 *     arrived ──► quiet ──request──► busy ──all answered──► quiet …
 */
import type { Socket } from 'node:net';

export class QuietConnections {
  readonly #countMax: number;
  /** Quiet for longest first. */
  readonly #quiet = new Set<Socket>();
  #count = 0;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  arrived(socket: Socket): void {
    this.#count++;
    socket.on('close', () => {
      this.#count--;
      this.#quiet.delete(socket);
    });
    if (this.#count > this.#countMax && !this.#makeRoom()) socket.destroy();
    else this.#quiet.add(socket);
  }

  busy(socket: Socket): void {
    this.#quiet.delete(socket);
  }

  quiet(socket: Socket): void {
    if (!socket.destroyed) this.#quiet.add(socket);
  }

  close(): void {
    for (const socket of this.#quiet) socket.destroy();
  }

  #makeRoom(): boolean {
    const [longest] = this.#quiet;
    longest?.destroy();
    return longest !== undefined;
  }
}
