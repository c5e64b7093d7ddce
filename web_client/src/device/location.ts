/** Where this device is (W3C Geolocation, WGS-84). Asked for once; the newest fix is kept while watching. */
import { signal, type Signal } from "@preact/signals";
import type { Position } from "../core/wire.gen";
import type { Access } from "./camera";

const FIRST_FIX_MS = 10_000;

export class Whereabouts {
  readonly latest: Signal<Position | null> = signal<Position | null>(null);
  readonly access: Signal<Access | null> = signal<Access | null>(null);
  #watch: number | null = null;

  /** Asks the person and waits for a first fix. No fix in time counts as missing; a later one still is kept. */
  async ask(): Promise<Access> {
    const service = navigator.geolocation as Geolocation | undefined;
    const access = service === undefined ? "missing" : await this.#follow(service);
    this.access.value = access;
    return access;
  }

  stop(): void {
    if (this.#watch !== null) navigator.geolocation.clearWatch(this.#watch);
    this.#watch = null;
  }

  #follow(service: Geolocation): Promise<Access> {
    this.stop();
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve("missing"), FIRST_FIX_MS);
      const settle = (access: Access): void => {
        clearTimeout(timer);
        resolve(access);
      };
      this.#watch = service.watchPosition(
        ({ coords, timestamp }) => {
          this.latest.value = {
            lat: coords.latitude,
            lon: coords.longitude,
            accuracy_m: coords.accuracy,
            at: new Date(timestamp).toISOString(),
          };
          this.access.value = "ok";
          settle("ok");
        },
        (error) => {
          if (error.code === error.PERMISSION_DENIED) settle("denied");
        },
        { enableHighAccuracy: true, maximumAge: 5_000 },
      );
    });
  }
}
