/** The auditor's screen: the archive, and one survey out of it. The survey shown is in the address after `#`. */

import { useEffect, useState } from "preact/hooks";
import { useApp } from "../../app";
import { useTheme } from "../desk/theme";
import { Archive } from "./Archive";
import { CaseFile } from "./CaseFile";
import "../desk/desk.css";
import "./audit.css";

function surveyInAddress(): string | null {
  const id = decodeURIComponent(location.hash.slice(1));
  return id === "" ? null : id;
}

export default function Audit() {
  const { storage } = useApp();
  const { flip } = useTheme(storage);
  const [shown, setShown] = useState<string | null>(surveyInAddress);
  useEffect(() => {
    const changed = (): void => setShown(surveyInAddress());
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  const show = (id: string | null): void => {
    location.hash = id === null ? "" : encodeURIComponent(id);
  };
  return shown === null ? <Archive onOpen={show} onTheme={flip} /> : <CaseFile key={shown} survey={shown} onBack={() => show(null)} onTheme={flip} />;
}
