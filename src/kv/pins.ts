interface Pin {
  slots: readonly number[];
  expiresMs: number;
}

/** Standing pins and when they end. */
export class PinLedger {
  #pins: Pin[] = [];
  #nextExpiryMs = Infinity;

  add(slots: readonly number[], expiresMs: number): void {
    this.#pins.push({ slots, expiresMs });
    this.#nextExpiryMs = Math.min(this.#nextExpiryMs, expiresMs);
  }

  /** Removes and returns the pins that ended by `nowMs`, oldest first. */
  takeExpired(nowMs: number): Pin[] {
    if (nowMs < this.#nextExpiryMs) return [];
    const expired = this.#pins.filter((pin) => pin.expiresMs <= nowMs);
    this.#keep(this.#pins.filter((pin) => pin.expiresMs > nowMs));
    return expired;
  }

  takeAll(): Pin[] {
    const all = this.#pins;
    this.#keep([]);
    return all;
  }

  #keep(pins: Pin[]): void {
    this.#pins = pins;
    this.#nextExpiryMs = pins.reduce((least, pin) => Math.min(least, pin.expiresMs), Infinity);
  }
}
