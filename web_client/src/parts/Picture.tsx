import type { Ref } from "preact";
import { useEffect, useRef } from "preact/hooks";

export type PictureProps = { stream: MediaStream | null; label: string; mirrored?: boolean; videoRef?: Ref<HTMLVideoElement> };

/** Shows a stream's picture, always muted: the sound of others is `Sound`'s. */
export function Picture({ stream, label, mirrored, videoRef }: PictureProps) {
  const own = useRef<HTMLVideoElement | null>(null);
  useEffect(() => {
    const video = own.current;
    if (!video) return;
    video.srcObject = stream;
    // In-app browsers do not start by themselves; an interrupted start is repeated by the next stream.
    if (stream) void video.play()?.catch(() => undefined);
  }, [stream]);
  return (
    <video
      ref={(video) => {
        own.current = video;
        if (typeof videoRef === "function") videoRef(video);
        else if (videoRef) videoRef.current = video;
      }}
      class={mirrored ? "picture mirrored" : "picture"}
      aria-label={label}
      autoplay
      playsInline
      muted
    />
  );
}
