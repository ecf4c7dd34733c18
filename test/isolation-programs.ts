/** Programs each of which leaves behind what it can, and asks for what others may have left. */

const ASKS = `
  !(+ 1 1) !(+ 1 "a") !(random-int &rng 0 1) !(flop) !(json-encode (1)) !(skel-swap-pair (Pair a b))
  !(skel-swap-pair-native (Pair a b)) !(+ &kb 1) !(match &self $x $x) !(parse "(&kb here)") !(PI) !(foo 1)
  !(if True 1 2) !(get-type foo) !(print-mods!) !(new-state 1) !(get-type json-encode) !(catalog-list! all)
`;

/** Each program's name and its text; \`@\` is a folder with the files lemma.metta, own.metta and broken.metta. */
export function isolationPrograms(): [name: string, text: string][] {
  const leaving: readonly (readonly [string, string])[] = [
    ["a program that leaves nothing", ""],
    ["a check of types", "!(pragma! type-check auto)"],
    ["minimal evaluation", "!(pragma! interpreter bare-minimal)"],
    ["a depth", "!(pragma! max-stack-depth 40)"],
    ["an unknown pragma", "!(pragma! colour red)"],
    ["a word", "!(bind! &kb 41) !(bind! here there)"],
    ["a word for a space", "!(bind! &kb (new-space)) !(add-atom &kb (in it))"],
    ["random", "!(import! &self random) !(set-random-seed &rng 5) !(random-int &rng 0 1000)"],
    ["json", "!(import! &self json)"],
    ["fileio", '!(import! &self fileio) !(bind! &file (file-open! "@/new.txt" "rwc"))'],
    ["catalog", "!(import! &self catalog)"],
    ["skel", "!(import! &self skel)"],
    ["skel under a name", "!(import! &kb skel)"],
    ["a module's file", '!(import! &self "@/lemma.metta")'],
    ["a module with words of its own", '!(import! &self "@/own.metta")'],
    ["a module that fails", '!(import! &self "@/broken.metta")'],
    ["a registered module", '!(register-module! "@/lemma.metta")'],
    ["an included file", '!(include "@/lemma.metta")'],
    ["rules and types", "(= (foo $x) (bar $x)) (: foo (-> Number Number)) (= (flop) 1) (:< A B)"],
    ["a state", "!(bind! &st (new-state 1)) !(change-state! &st 2)"],
    ["a loop without end", "(= (loop) (loop)) !(loop)"],
    ["tables", "!(tabled (foo $x)) (= (foo $x) (foo $x)) (= (foo 1) one) !(foo 1)"],
    ["a named mutex", "!(with-mutex m (+ 1 1))"],
    ["generated code", "(= (foo $x) (if (> $x 0) (foo (- $x 1)) done)) !(foo 500)"],
  ];
  return leaving.map(([name, text]) => [name, `${text}\n${ASKS}`]);
}
