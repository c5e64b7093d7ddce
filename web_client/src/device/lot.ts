/**
 * The page's number and key in each draw by lot of its survey. They are made when a draw opens, kept in this browser so
 * that a reload changes nothing, and revealed once. A page that has revealed takes part in no other draw for the same
 * seats: the server may know by then whom the first one drew.
 */
import { signal, type Signal } from "@preact/signals";
import type { FromPerson, NumberWanted, RevealWanted } from "../core/wire.gen";
import { randomKey, sha256 } from "./digest";

const CURVE = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNED_WITH = { name: "ECDSA", hash: "SHA-256" } as const;

type Role = NumberWanted["role"];
type Kept = { number: string; point: string; key: JsonWebKey };
type Own = { draws: Record<string, Kept>; revealed: Partial<Record<Role, number>> };

export type LotPorts = {
  storage: Storage | null;
  survey: () => string | null;
  send: (message: FromPerson) => void;
};

export class Lot {
  /** The server's word about a draw does not fit: this page does not go on with it. */
  readonly doubtful: Signal<boolean> = signal(false);
  readonly #ports: LotPorts;
  readonly #held = new Map<string, Own>();
  #busy: Promise<void> = Promise.resolve();

  constructor(ports: LotPorts) {
    this.#ports = ports;
  }

  /** Does what is wanted, one thing after the other. */
  answer(wanted: NumberWanted | RevealWanted): Promise<void> {
    this.#busy = this.#busy.then(() => this.#answer(wanted)).catch(() => void (this.doubtful.value = true));
    return this.#busy;
  }

  async #answer(wanted: NumberWanted | RevealWanted): Promise<void> {
    const survey = this.#ports.survey();
    if (survey === null) return;
    const own = this.#own(survey);
    const before = own.revealed[wanted.role];
    if (before !== undefined && before !== wanted.draw) {
      this.doubtful.value = true;
      return;
    }
    if (wanted.type === "number_wanted") await this.#commit(survey, own, wanted);
    else await this.#reveal(survey, own, wanted);
  }

  async #commit(survey: string, own: Own, wanted: NumberWanted): Promise<void> {
    const kept = (own.draws[wanted.draw] ??= await made());
    this.#keep(survey, own);
    this.#ports.send({ type: "commit_number", draw: wanted.draw, sha256: await sha256(bytes(kept.number)), key: kept.point });
  }

  async #reveal(survey: string, own: Own, wanted: RevealWanted): Promise<void> {
    const kept = own.draws[wanted.draw];
    if (kept === undefined) return; // this browser forgot it: the attempt lapses and may be opened anew
    const { toSign } = await import("../core/lot");
    const said = toSign(survey, wanted);
    if (said === null) {
      this.doubtful.value = true;
      return;
    }
    own.revealed[wanted.role] = wanted.draw;
    this.#keep(survey, own); // before it is said: whatever happens then, it may be known
    const key = await crypto.subtle.importKey("jwk", kept.key, CURVE, false, ["sign"]);
    const signature = hex(await crypto.subtle.sign(SIGNED_WITH, key, new Uint8Array(said)));
    this.#ports.send({ type: "reveal_number", draw: wanted.draw, number: kept.number, signature });
  }

  #own(survey: string): Own {
    const held = this.#held.get(survey);
    if (held !== undefined) return held;
    const stored = this.#ports.storage?.getItem(name(survey)) ?? null;
    const own: Own = stored === null ? { draws: {}, revealed: {} } : (JSON.parse(stored) as Own);
    this.#held.set(survey, own);
    return own;
  }

  #keep(survey: string, own: Own): void {
    try {
      this.#ports.storage?.setItem(name(survey), JSON.stringify(own));
    } catch {
      // Storage is full or forbidden: the number lasts as long as the page.
    }
  }
}

function name(survey: string): string {
  return `takan.lot.${survey}`;
}

async function made(): Promise<Kept> {
  const pair = await crypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);
  return {
    number: randomKey(),
    point: hex(await crypto.subtle.exportKey("raw", pair.publicKey)),
    key: await crypto.subtle.exportKey("jwk", pair.privateKey),
  };
}

function hex(buffer: ArrayBuffer): string {
  return Array.from(new Uint8Array(buffer), (one) => one.toString(16).padStart(2, "0")).join("");
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (two) => Number.parseInt(two, 16));
}
