import type { Lexicon } from './concepts.js';

/** English. By our own knowledge of the language; no entry is taken from a data set's phrasing. */
export const ENGLISH: Lexicon = {
  translate: `translate translates translated translating translation translations translator localize localise
    in_english in_french in_german in_spanish into_english into_french into_german into_spanish into_italian
    into_japanese into_chinese into_russian into_arabic into_hindi into_korean into_portuguese`,
  summarize: `summarize summarise summarizes summarizing summarising summarization tldr tl_dr recap condense
    condensed abridge boil_down boils_down sum_up outline_the`,
  rewrite: `rewrite rewriting rewritten reword rewording rephrase rephrased paraphrase paraphrased paraphrasing
    proofread proofreading polish edit editing revise revising revised reformulate simplify copyedit
    sound_more make_it more_formal more_concise more_professional same_meaning different_words grammar
    convert_the turn_the transform_the change_the modify_the rearrange shorten tone style punctuation
    modify reformat correct_the active_voice passive_voice more_polite`,
  classify: `classify classifies classified classifying classification categorize categorise categorized
    categorization label labels labeled sentiment spam categories category is_it toxic offensive
    decide_whether decide_if determine_whether determine_if identify_whether tell_whether whether_the
    which_category sarcastic pick_one stance detect rate_the tag_the polarity
    express_the triage judge predict scale_of is_this if_the`,
  extract: `extract extracts extracted extracting extraction list_all find_all named_entities
    named_entity pull_out identify_the span spans keywords keyword key_phrases entities entity parse
    ner retrieve locate highlight mentioned_in from_the identify recognize find name_of`,
  fix: `fix fixes fixed fixing debug debugging debugger repair broken faulty buggy t_work not_working
    not_work is_wrong s_wrong the_bug troubleshoot fails failing mend t_compile`,
  explain: `explain explains explaining explanation what_does how_does clarify walk_me understand describe
    describes elaborate interpret step_through this_code predict_the trace execute executing
    executed prints output_of the_output`,
  calculate: `calculate calculates calculated calculating compute computes solve solves solving evaluate_the
    simplify_the integrate differentiate factorize factorise factor_the prove proof prove_that show_that
    the_value derive sum_of product_of how_long how_far how_old how_far what_percentage multiply divide
    subtract`,
  make: `write writes writing create creates creating generate generates generating compose composing draft
    drafting make craft produce develop design invent author prepare give_me pen build construct written writes prepare_a devise`,
  implement: `implement implements implementing implementation refactor refactoring code_a code_that scaffold
    program_that script_that function_that function_to query_that optimize_this port_this
    write_code unit_tests unit_test`,
  analyze: `analyze analyse analyzing analysing analysis analyses compare comparing comparison contrast evaluate
    evaluation assess assessing assessment critique critically discuss implications examine examining
    pros_and pros cons trade_offs tradeoffs strengths weaknesses consequences investigate impact_of effects_of
    what_if justify argue argument ethical advantages disadvantages perspective perspectives root_cause swot reflect dilemma explain_why explanation mental_state claim`,
  suggest: `suggest suggestions suggestion suggesting recommend recommends recommendation recommendations
    brainstorm brainstorming ideas idea tips advise advice inspiration propose come_up ways_to options_for
    what_should names_for should_i gift alternatives similar_to what_to list_some advice`,
  converse: `hi hello hey thanks thank_you good_morning good_evening how_are bye goodbye i_feel
    m_feeling am_feeling lonely chat_with talk_to s_chat about_yourself are_you
    cheer_me s_up nice_to good_night`,
  roleplay: `roleplay role_play role_playing pretend imagine_you act_as acting_as you_are
    in_character persona as_if impersonate the_role respond_as reply_as  
    next_message utterance next_response`,
  reason: `reason reasoning deduce deduction infer inference logically logic puzzle riddle premise premises
    hypothesis hypotheses entails entail entailment entailed contradiction contradicts neutral syllogism
    conclusion plausible implies follows_from true_or or_false valid invalid fallacy paradox caused
    tallest shortest oldest youngest liar liars step_by sequence
    true false consistent explanation_for commonsense causal deductively truth lies leftmost rightmost swap swaps alphabetically deductive observation observations inductive`,
  ask: `what who whom whose when where which why how is_there are_there is_the are_the does_the did_the do_you
    was_the were_the tell_me question questions answer answers`,
  count: `how_many how_much how_long how_old how_far how_fast how_tall what_percent what_percentage in_total
    altogether the_total`,
  code: `code function functions method python javascript typescript java kotlin swift rust golang cpp csharp php
    ruby sql mysql postgresql postgres html css react vue angular node nodejs django flask bash shell powershell
    regex regexp api endpoint json_schema script program programming algorithm array arrays string strings
    recursion recursive class_that linked_list binary_tree hashmap dictionary tuple tuples loop async await
    compile compiler docker dockerfile kubernetes terraform git github npm webpack component backend frontend
    database query queries snippet codebase repository stdin stdout pandas numpy pytorch tensorflow excel_formula
    vba latex_code matlab scala haskell lua perl assembly verilog arduino unity pseudocode subarray substring
    integer integers boolean leetcode cli yaml makefile`,
  error: `error errors bug bugs exception exceptions traceback stacktrace stack_trace crash crashes segfault
    undefined typeerror valueerror keyerror nullpointerexception syntaxerror warning segmentation_fault
    deadlock memory_leak cannot_read test_fails`,
  fiction: `story stories poem poems poetry haiku sonnet limerick song lyrics novel fiction fictional tale fairy
    fable joke jokes character characters plot screenplay chapter verse verses rhyme rap ballad monologue
    villain hero protagonist fanfic fanfiction fantasy narrative scene worldbuilding dragon wizard slogan
    tagline caption short_story plot_twist sci_fi backstory parody satire crossover sentence_about review_about
    a_review a_sentence diary greentext roleplay intro anime punchlines lyric`,
  prose: `email e_mail emails letter essay essays report article_about article_on blog speech memo newsletter
    cover_letter resume_for cv proposal press_release announcement advertisement ad_copy linkedin tweet
    product_description documentation readme manual policy statement toast testimonial whitepaper biography
    bio script_for podcast presentation agenda invitation complaint apology job_description wikipedia_article
    paragraph_about paragraph_on blog_post`,
  mathematics: `equation equations integral integrals derivative derivatives triangle probability matrix matrices
    percent percentage area perimeter polynomial theorem lemma radius circumference diameter hypotenuse angle
    fraction fractions arithmetic algebra geometry calculus trigonometry logarithm exponent prime divisible
    divisor remainder modulo quadratic cubic vector vectors eigenvalue variance median sin cos tan sqrt
    sum product square cube ratio proportion velocity acceleration interest rectangle circle square_root digits
    integers_such real_numbers numbers coordinates slope limit convergent bijective permutation combination
    math maths mathematical per_hour per_day formula addition subtraction multiplication division operation celsius rational integers_a divergence distribution hexagon square_meters`,
  digest: `summary summaries title headline gist abstract_of key_points main_points main_idea synopsis takeaways
    bullet_points executive_summary one_sentence nutshell key_takeaways short_title a_title highlight highlights key_point main_point`,
  language: `english french german spanish italian portuguese russian chinese mandarin cantonese japanese korean
    arabic hindi turkish dutch polish swedish greek hebrew vietnamese thai indonesian latin bengali urdu persian
    gujarati marathi tamil telugu swahili czech danish finnish norwegian ukrainian romanian hungarian`,
  label: `positive negative neutral category categories class classes label stars rating topic genre yes_or
    not_spam relevant irrelevant duplicates duplicate hate appropriate grammatical emotion intent`,
  item: `entities names dates phone addresses emails_from keywords table csv json columns rows field fields
    ingredients locations organizations people mentioned aspects phrase phrases subject object relation triple
    span tokens words invoice`,
  passage: `passage paragraph context article text excerpt document following_text the_story the_text
    according_to based_on the_passage given_the are_given be_given are_provided sentence review conversation_below transcript paragraphs`,
  plan: `plan plans planning itinerary schedule agenda_for roadmap strategy trip vacation menu meal workout
    routine budget_for syllabus curriculum todo checklist timeline`,
  pointer: `this these following below above given attached here it my`,
  constraint: `must should exactly least most without only limit limited no_more within avoid ensure include
    including except always never required requirement requirements constraint constraints constrained cannot
    between assuming given_that provided such_that words_or not_allowed`,
  logic: `if then because therefore unless all some none either neither nor implies hence not every any both
    suppose assume whether otherwise although however since`,
  quantity: `twice thrice half double triple quarter total each per percent percentage average ratio more less
    fewer times remaining dozen sum difference greater smaller hours minutes days weeks years miles dollars
    cents rate speed cost costs price increase decrease increases left altogether combined feet inches meters metres pounds kg km liters litres gallons ounces ml cm`,
  step: `step steps first second third next finally after before afterwards subsequently lastly also
    additionally furthermore`,
  formal: `theorem lemma corollary proof rigorous rigorously asymptotic complexity concurrency concurrent
    distributed eigenvalue stochastic markov bayesian jurisdiction statute statutory liability pathophysiology
    pharmacokinetics differential etiology quantum relativistic thermodynamics entropy equilibrium topology
    homomorphism isomorphism manifold convergence gradient optimization optimize scalable architecture
    consensus byzantine cryptographic encryption polymorphism compiler kernel invariant abelian bijective
    regression econometric elasticity epistemology ontology metaphysical utilitarian deontological molecular
    enzyme genome electrochemical covalent orbital hydrolysis synthesis mechanism derivation tensor hermitian
    diagnosis prognosis carcinoma monetary fiscal amortized np_hard dynamic_programming plaintiff defendant
    constitutional precedent tort algorithmic throughput latency prove proves proving disprove primes modulo
    congruent irrational infinitely linearizable linearizability lock_free wait_free deadlock memory_ordering
    race_condition invariants bounded_by undecidable induction contradiction sufficient_condition
    event_sourcing fault_tolerant idempotent eventual_consistency backpropagation posterior likelihood
    counterexample trade_offs tradeoffs`,
  statement: `statement statements proposition propositions ii iii none_of all_of both_of neither_of claims
    assertion assertions`,
};
