// A program that is run in the page: the playground is loaded when it is asked for, since it starts an engine.
import { useData, withBase } from "vitepress";
import { defineComponent, h, ref } from "vue";

export const LiveProgram = defineComponent({
  props: { link: { type: String, required: true } },
  setup({ link }) {
    const { isDark } = useData();
    const opened = ref("");
    const open = () => {
      const theme = isDark.value ? "dark" : "light";
      opened.value = withBase(`/playground/index.html?embed&theme=${theme}${link}`);
    };
    return () =>
      opened.value === ""
        ? h("button", { class: "live-open", type: "button", onClick: open }, "Run it here")
        : h("iframe", {
            class: "live",
            src: opened.value,
            title: "The program in a playground",
            allow: "cross-origin-isolated; clipboard-write",
          });
  },
});
