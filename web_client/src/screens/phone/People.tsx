import { useSignal } from "@preact/signals";
import { useApp } from "../../app";
import { Icon } from "../../parts/Icon";
import { Sound } from "../../parts/Sound";
import { Tile } from "../../parts/Tile";
import { t } from "../../text";

/** The others who are here, small; their sound. */
export function People() {
  const { call, state } = useApp();
  const blocked = useSignal<readonly (() => void)[]>([]);
  const here = state.others.value.filter((one) => one.present && one.role !== "auditor");
  return (
    <aside class="people">
      {here.map((person) => (
        <Tile
          key={person.id}
          person={person}
          stream={call.streams.value.get(person.id) ?? null}
          note={t(`role.${person.role}`)}
        />
      ))}
      {here.map((person) => {
        const stream = call.streams.value.get(person.id);
        return stream && stream.getAudioTracks().length > 0 ? (
          <Sound
            key={person.id}
            stream={stream}
            onBlocked={(unlock) => {
              blocked.value = [...blocked.value, unlock];
            }}
          />
        ) : null;
      })}
      {blocked.value.length > 0 && (
        <button
          type="button"
          class="chip unlock"
          onClick={() => {
            const waiting = blocked.value;
            blocked.value = [];
            for (const unlock of waiting) unlock();
          }}
        >
          <Icon name="sound" size={20} />
          {t("call.sound")}
        </button>
      )}
    </aside>
  );
}
