/**
 * The selector language of Calico (libcalico-go `lib/selector/tokenizer` and `parser`) as an ohm grammar: its
 * definition. The compiler itself runs `parse.ts`, which tests hold equal to this.
 *
 * Every rule is lexical, since blanks matter: they are space and tab only, none may stand before the bracket of a
 * function, and the words of an operator need none between them. Two limits are not in the grammar: of a label's
 * length and of the nesting of brackets (`nodes.ts`).
 */
export const SELECTOR_GRAMMAR = String.raw`
  CalicoSelector {
    selector   = blanks disjunction blanks end   -- expression
               | blanks end                      -- everything

    disjunction = conjunction (blanks "||" blanks conjunction)*
    conjunction = operation (blanks "&&" blanks operation)*
    operation   = bang* primary
    bang        = "!" ~"=" blanks

    primary = "has(" blanks label blanks ")"     -- has
            | "all(" blanks ")"                  -- all
            | "global(" blanks ")"               -- global
            | "(" blanks disjunction blanks ")"  -- group
            | label blanks textOperator blanks string   -- text
            | label blanks setOperator blanks set       -- set

    // Words are operators directly after a label only; anywhere else they are labels.
    textOperator = "=="                              -- eq
                 | "!="                              -- ne
                 | "contains" ~labelChar             -- contains
                 | "starts" blanks "with" ~labelChar -- startsWith
                 | "ends" blanks "with" ~labelChar   -- endsWith
    setOperator  = "not" blanks "in" ~labelChar      -- notIn
                 | "in" ~labelChar                   -- in

    set     = "{" blanks (members blanks)? "}"
    members = string (blanks "," blanks string)* (blanks ",")?
    string  = "'" (~"'" any)* "'"  -- single
            | "\"" (~"\"" any)* "\""  -- double

    label     = labelChar+
    labelChar = "A".."Z" | "a".."z" | "0".."9" | "_" | "." | "/" | "-"
    blanks    = (" " | "\t")*
  }
`;
