import { en, zh } from "../../text/audit";
import { wordsOf } from "../../text";

const t = wordsOf({ zh, en });

/** The auditor's screen. */
export default function Audit() {
  return <main>{t("title")}</main>;
}
