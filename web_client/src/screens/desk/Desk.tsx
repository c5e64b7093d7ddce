import { en, zh } from "../../text/desk";
import { wordsOf } from "../../text";

const t = wordsOf({ zh, en });

/** The reviewer's and expert's screen. */
export default function Desk() {
  return <main>{t("title")}</main>;
}
