import { say } from "../../text";
import { desk } from "../../text/desk";
import { Icon } from "./Icon";

/** Shows what a press brings: the moon while it is light, the sun while it is dark. The sheet hides the other. */
export function ThemeButton({ onTheme }: { onTheme: () => void }) {
  return (
    <button type="button" class="d-icon-btn d-theme" aria-label={say(desk.switchTheme)} title={say(desk.switchTheme)} onClick={onTheme}>
      <span class="d-moon">
        <Icon name="moon" />
      </span>
      <span class="d-sun">
        <Icon name="sun" />
      </span>
    </button>
  );
}
