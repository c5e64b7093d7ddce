import { useEffect, useRef } from "preact/hooks";

export type SoundProps = {
  stream: MediaStream;
  /** The browser wants a touch before it plays sound: `unlock` is to be called from one. */
  onBlocked: (unlock: () => void) => void;
};

/** Plays a stream's sound. */
export function Sound({ stream, onBlocked }: SoundProps) {
  const audio = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const element = audio.current;
    if (!element) return;
    element.srcObject = new MediaStream(stream.getAudioTracks());
    const play = (): void => {
      void element.play()?.catch((error: unknown) => {
        if (error instanceof DOMException && error.name === "NotAllowedError") onBlocked(play);
      });
    };
    play();
  }, [stream]);
  return <audio ref={audio} autoplay />;
}
