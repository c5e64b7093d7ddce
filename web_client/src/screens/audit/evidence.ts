/**
 * The bytes of a survey's evidence, hashed in this browser as they come.
 *
 * **Whatever is played is checked, too**: playing and verifying share one way to the bytes.
 */

import { computed, signal } from "@preact/signals";
import { exhibits, findings, type Check, type Exhibit } from "../../core/replay_integrity";
import type { ReplayPart, ReplayView } from "../../core/wire.gen";
import { sha256 } from "../../device/digest";
import type { Api } from "../../device/http";

const AT_ONCE = 3;
const KEPT_BYTES = 64_000_000;

export class Evidence {
  readonly list: readonly Exhibit[];
  readonly checks = signal<ReadonlyMap<string, Check>>(new Map());
  readonly findings = computed(() => findings(this.list, this.checks.value));
  readonly running = signal(false);
  /** When the last whole run was finished, and how long it took. */
  readonly finished = signal<{ at: string; seconds: number } | null>(null);
  /** Hashing needs a secure connection. */
  readonly canHash = typeof crypto !== "undefined" && "subtle" in crypto;
  private readonly kept = new Map<string, Promise<ArrayBuffer>>();
  private readonly sizes = new Map<string, number>();
  private stopped = false;

  constructor(
    private readonly replay: ReplayView,
    private readonly api: Pick<Api, "object" | "original">,
  ) {
    this.list = exhibits(replay);
  }

  /** A part's bytes for playing. They count as checked only after they were hashed here. */
  async bytes(part: ReplayPart): Promise<ArrayBuffer> {
    const before = this.kept.get(part.object);
    if (before) return before;
    const coming = this.api.object(part.object).then(({ bytes }) => bytes);
    this.keep(part, coming);
    const bytes = await coming.catch((fault: unknown) => {
      this.kept.delete(part.object);
      throw fault;
    });
    if (!this.checks.value.has(part.object)) void this.note(part.object, bytes).catch(() => undefined);
    return bytes;
  }

  /** Fetch and hash everything anew. */
  async verify(): Promise<void> {
    if (this.running.value || !this.canHash) return;
    const began = performance.now();
    this.stopped = false;
    this.checks.value = new Map();
    this.kept.clear();
    this.finished.value = null;
    this.running.value = true;
    const rest = [...this.list];
    const worker = async (): Promise<void> => {
      for (let next = rest.shift(); next && !this.stopped; next = rest.shift()) await this.check(next);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    this.running.value = false;
    if (!this.stopped) this.finished.value = { at: new Date().toISOString(), seconds: (performance.now() - began) / 1000 };
  }

  stop(): void {
    this.stopped = true;
  }

  private async check(exhibit: Exhibit): Promise<void> {
    try {
      const bytes =
        exhibit.photo === null
          ? (await this.api.object(exhibit.id)).bytes
          : await (await this.api.original(this.replay.survey.id, exhibit.photo)).arrayBuffer();
      await this.note(exhibit.id, bytes);
    } catch {
      this.put({ id: exhibit.id, found: null, bytes: 0 });
    }
  }

  private async note(id: string, bytes: ArrayBuffer): Promise<void> {
    if (this.canHash) this.put({ id, found: await sha256(bytes), bytes: bytes.byteLength });
  }

  private put(check: Check): void {
    this.checks.value = new Map([...this.checks.value, [check.id, check]]);
  }

  private keep(part: ReplayPart, coming: Promise<ArrayBuffer>): void {
    this.kept.set(part.object, coming);
    this.sizes.set(part.object, part.size);
    let held = [...this.kept.keys()].reduce((sum, id) => sum + (this.sizes.get(id) ?? 0), 0);
    for (const id of this.kept.keys()) {
      if (held <= KEPT_BYTES || id === part.object) break;
      held -= this.sizes.get(id) ?? 0;
      this.kept.delete(id);
    }
  }
}
