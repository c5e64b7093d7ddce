import { useEffect, useState } from "preact/hooks";
import { useApp } from "../../app";
import { telling } from "../../core/findings";
import { lengthOf, size } from "../../core/times";
import { onTheWay, listed, type Pending } from "../../core/uploads";
import type { Finding, PhotoView, SurveyView, Text, VideoView } from "../../core/wire.gen";
import type { Album, Declined } from "../../device/album";
import { Button } from "../../parts/Button";
import { Chip, type Tone } from "../../parts/Chip";
import { Icon, type IconName } from "../../parts/Icon";
import { say, t } from "../../text";
import { AddPhotos } from "./AddPhotos";
import { VideoOnItsWay } from "./VideoOnItsWay";

/** Every photo and what became of it: on this phone, on its way, received, judged, with the reasons in words. */
export function PhotoList({ survey, album, closed }: { survey: SurveyView; album: Album; closed?: boolean }) {
  const photos = listed(survey.photos, album.uploads.received.value);
  const pending = onTheWay(album.uploads.pending.value, photos);
  const videos = listed(survey.videos, album.videos.uploads.received.value);
  const none = photos.length + pending.length + videos.length + album.videos.uploads.pending.value.length === 0;
  return (
    <div class="photos">
      {album.declined.value.map((one) => (
        <DeclinedFile key={one} file={one} album={album} />
      ))}
      {none ? (
        <div class="none">
          <Icon name="images" size={36} />
          <b>{t("photos.none")}</b>
          <p>{t("photos.none.text")}</p>
        </div>
      ) : (
        <ul>
          <FilmItems survey={survey} album={album} />
          {[...pending].reverse().map((one) => (
            <OnItsWay key={one.photo.id} one={one} album={album} />
          ))}
          {[...photos].reverse().map((photo) => (
            <Received key={photo.id} photo={photo} number={photos.indexOf(photo) + 1} survey={survey.id} />
          ))}
        </ul>
      )}
      {!closed && (
        <div class="acts">
          <AddPhotos.Open />
        </div>
      )}
    </div>
  );
}

export function DeclinedFile({ file, album }: { file: Declined; album: Album }) {
  return (
    <section class="card seal problem" role="alert" data-testid="photo-declined" data-why={file.why}>
      <Icon name="alert" />
      <div>
        <h2>{t(`photos.${file.why}`, { name: file.name })}</h2>
        <p>{t(`photos.${file.why}.text`, { size: size(file.size) })}</p>
      </div>
      <button
        type="button"
        class="round"
        aria-label={t("close")}
        onClick={() => {
          album.declined.value = album.declined.value.filter((one) => one !== file);
        }}
      >
        <Icon name="close" size={20} />
      </button>
    </section>
  );
}

export function OnItsWay({ one, album }: { one: Pending<Blob>; album: Album }) {
  const { photo, sending } = one;
  const [picture, setPicture] = useState<string>();
  useEffect(() => {
    const address = URL.createObjectURL(photo.bytes);
    setPicture(address);
    return () => URL.revokeObjectURL(address);
  }, [photo.bytes]);
  const fraction = sending.kind === "sending" ? sending.fraction : 0;
  return (
    <li class="photo" data-testid="photo-item" data-state={sending.kind} data-sha256={photo.facts.sha256}>
      <Thumb address={picture} />
      <div class="about">
        <b>{photo.facts.channel === "still" ? t("photos.still") : photo.facts.name}</b>
        <small>{size(photo.size)}</small>
        {sending.kind === "failed" ? (
          <span class="fate seal">{t("photos.failed")}</span>
        ) : (
          <span class="fate" role="status">
            {sending.kind === "sending"
              ? t("photos.sending", { percent: Math.round(fraction * 100) })
              : t(sending.kind === "waiting" ? "photos.waiting" : "photos.retrying")}
          </span>
        )}
      </div>
      {sending.kind === "sending" && (
        <progress max={1} value={fraction} aria-label={t("photos.sending", { percent: Math.round(fraction * 100) })} />
      )}
      {sending.kind === "failed" && (
        <div class="reasons">
          <p role="alert">
            <b>{say(sending.problem.title)}</b> {say(sending.problem.detail)}
          </p>
          <div class="pair">
            <Button kind="plain" icon="flip" onClick={() => album.uploads.again(photo.id)}>
              {t("photos.again")}
            </Button>
            {photo.facts.channel === "upload" && (
              <Button kind="quiet" onClick={() => void album.uploads.remove(photo.id)}>
                {t("photos.remove")}
              </Button>
            )}
          </div>
        </div>
      )}
    </li>
  );
}

const TONE = { accepted: "ok", needs_review: "warn", rejected: "seal" } as const satisfies Record<string, Tone>;
const MARK: Readonly<Record<Finding["result"], IconName>> = { pass: "check", flag: "alert", fail: "cross", na: "info" };

/** The site videos, those on their way first: all of them, or those of a point, or with null those of none. */
export function FilmItems({ survey, album, point }: { survey: SurveyView; album: Album; point?: string | null }) {
  const wanted = (of: string | null | undefined): boolean => point === undefined || (of ?? null) === point;
  const videos = listed(survey.videos, album.videos.uploads.received.value);
  // The survey may tell of a video before the upload's own answer is there.
  const there = new Set(videos.map((video) => video.sha256));
  const coming = album.videos.uploads.pending.value.filter((one) => !there.has(album.videos.digest(one.photo.id) ?? "") && wanted(one.photo.facts.point));
  return (
    <>
      {[...coming].reverse().map((one) => (
        <VideoOnItsWay key={one.photo.id} one={one} videos={album.videos} />
      ))}
      {videos.filter((video) => wanted(video.point)).reverse().map((video) => (
        <Arrived
          key={video.id}
          kind="video"
          view={video}
          title={t("videos.of", { n: videos.indexOf(video) + 1 })}
          way={video.seconds ? `${video.name} · ${lengthOf(video.seconds)}` : video.name}
          survey={survey.id}
        />
      ))}
    </>
  );
}

export function Received({ photo, number, survey }: { photo: PhotoView; number: number; survey: string }) {
  const way = photo.channel === "still" ? t("photos.still") : photo.name;
  return <Arrived kind="photo" view={photo} title={t("photos.of", { n: number })} way={way} survey={survey} />;
}

type ArrivedProps = { kind: "photo" | "video"; view: PhotoView | VideoView; title: string; way: string; survey: string };

function Arrived({ kind, view: photo, title, way, survey }: ArrivedProps) {
  const { api } = useApp();
  const [picture, setPicture] = useState<string>();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    let address: string | undefined;
    let gone = false;
    void (kind === "photo" ? api.preview(survey, photo.id) : api.frame(survey, photo.id)).then(
      (blob) => {
        if (gone) return;
        address = URL.createObjectURL(blob);
        setPicture(address);
      },
      () => undefined,
    );
    return () => {
      gone = true;
      if (address) URL.revokeObjectURL(address);
    };
  }, [survey, photo.id, photo.result === null]);
  const { first, rest } = telling(photo);
  const shown = open ? [...first, ...rest] : photo.result === "rejected" ? first : [];
  const folded = shown.length < first.length + rest.length;
  return (
    <li class="photo" data-testid={`${kind}-item`} data-state="received" data-result={photo.result ?? "checking"} data-sha256={photo.sha256}>
      <Thumb address={picture} />
      <div class="about">
        <b>{title}</b>
        <small>
          <span>{way}</span>
          <span>{size(photo.size)}</span>
          {photo.archived && <span>{t("photos.archived")}</span>}
        </small>
        {photo.result ? (
          <Chip tone={TONE[photo.result]}>{t(`photos.${photo.result}`)}</Chip>
        ) : (
          <span class="fate" role="status">
            <span class="spinner" aria-hidden="true" /> {t("photos.checking")}
          </span>
        )}
      </div>
      {(folded || open) && (
        <button
          type="button"
          class="round unfold"
          aria-expanded={open}
          aria-label={t("photos.reasons")}
          onClick={() => setOpen(!open)}
        >
          <Icon name="chevron" size={20} />
        </button>
      )}
      {shown.length > 0 && (
        <ul class="reasons">
          {shown.map((finding) => (
            <li key={finding.id} class={finding.result}>
              <Icon name={MARK[finding.result]} size={18} />
              <span>
                <span class="unseen">{t(`finding.${finding.result}`)} </span>
                {say(advised(finding))}
              </span>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

/** What was found, and what whoever took the photo can do. */
function advised({ reason, advice }: Finding): Text {
  return advice ? { zh: reason.zh + advice.zh, en: `${reason.en} ${advice.en}` } : reason;
}

function Thumb({ address }: { address: string | undefined }) {
  const [broken, setBroken] = useState(false);
  return (
    <span class="thumb">
      {address && !broken ? <img src={address} alt="" onError={() => setBroken(true)} /> : <Icon name="camera" size={22} />}
    </span>
  );
}
