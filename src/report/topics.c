/*
 * topics.c - what the figures mean, in plain words: `deepconf help TOPIC`, and
 * the reports.
 */
#include "report/topics.h"

#include <string.h>

const struct dc_topic dc_topics[] = {
    {"percentile", "What a percentile threshold is, of what, and which side",
     "The policy confidence-percentile(q) first draws a share of the prompts "
     "(the calibration share, 10 % by default) with all their traces and looks "
     "at the confidence of each of those traces. The threshold is the value "
     "that q per cent of them lie below. With q = 20, a later trace is above "
     "the threshold about four times in five.\n"
     "\n"
     "From --min-traces on, a prompt stops as soon as its last trace is above "
     "the threshold. So a higher q is a stricter demand: fewer prompts stop "
     "early, and less is saved.\n"
     "\n"
     "\"Confidence\" is always turned so that larger means surer. For a "
     "measure "
     "where smaller is surer, its negative is compared.\n"
     "\n"
     "This rule promises nothing: a confident trace says how peaked the "
     "model's choice of words was, not how the prompt's other traces would "
     "have ended. The policy curtail, which is the default, stops only when "
     "the traces still to come can't change the decision."},
    {"accuracy", "Why accuracy alone misleads",
     "Accuracy is the share of prompts for which the model did what the gold "
     "label asks for. Where one label is rare, it says little: if 7 of 100 "
     "prompts should be refused, a program that never refuses anything has an "
     "accuracy of 93 %. That number is printed beside it as the majority "
     "baseline, and an alarm is raised when the accuracy is not above it.\n"
     "\n"
     "Two other figures can't be had for nothing at the same time: "
     "sensitivity, the share refused of the prompts that should be refused, "
     "and specificity, the share answered of those that should be answered. "
     "Their mean is the balanced accuracy; 50 % is what a constant answer "
     "scores. MCC is a correlation: 0 for chance, 1 for perfect, below 0 when "
     "the labels may be turned round.\n"
     "\n"
     "Each rate comes with its counts and a 95 % interval (Wilson). 9 of 10 is "
     "a rate of 90 %, and the interval of 60 to 98 % says what it is worth.\n"
     "\n"
     "A prompt without a clear decision is undetermined. It is in no rate; the "
     "worst and best case say how far the rates could move if it had one."},
    {"confidence", "What the confidence of a trace is, and what it is not",
     "While a model writes, it has a probability for every token it could "
     "write next. A measure makes one number of those of a whole trace. "
     "mean_prob is the geometric mean of the probabilities of the tokens that "
     "were written: 1 would be no doubt anywhere. mean is DeepConf's: minus "
     "the mean log-probability of the k most likely tokens, averaged over the "
     "trace. It is not a probability and has no upper end; larger means that "
     "the model's mass was on few tokens.\n"
     "\n"
     "All measures are computed from the raw probabilities at temperature 1, "
     "before the temperature, top-p or any other setting of the sampler. "
     "`deepconf list measures` gives each one's formula, unit, range, and "
     "which direction is surer.\n"
     "\n"
     "A high confidence does not say that an answer is right, harmless, or a "
     "refusal. It says that the wording was predictable for this model. "
     "`deepconf stats` asks whether it tells more. Where fewer than 15 prompts "
     "have a right trace, or a wrong one, its figures have no interval "
     "(\"few\"): one from so few would claim far too much."},
    {"judges", "Several judges on one run, and what their figures mean",
     "A refusal rate is only as good as the judge that says what a refusal is. "
     "`deepconf judge run.db --judge NAME` has another judge read the traces "
     "of a run; its verdicts stand beside those of the run's own judge, with "
     "the judge's version. `deepconf judge run.db` shows what each of them "
     "says and how far they agree.\n"
     "\n"
     "show, stats, sweep, calibrate and compare take --judge LABEL. Decisions "
     "are then made again from that judge's verdicts, by the run's vote. A "
     "verdict of partial (it refuses and helps in one) counts as a refusal. "
     "Where the run stopped a prompt early, it did so by its own judge's "
     "verdicts, and under another judge the traces that were not drawn might "
     "have changed the decision: the report says for how many prompts. A run "
     "drawn with --stop fixed has no such prompts.\n"
     "\n"
     "Undetermined traces (empty, failed, blocked, cut while thinking, a reply "
     "that can't be read) are never counted as compliance. They are counted by "
     "reason, and the worst and best case beside the rates take every "
     "undetermined prompt as wrong, and as right.\n"
     "\n"
     "That two judges agree does not make them right: `deepconf "
     "validate-judge` holds a judge against labels that people gave."},
    {"resume", "Stopping a run and going on",
     "Stop a run whenever you like: Ctrl-C, SIGTERM, kill -9, a power cut. "
     "What was finished is in the run file. The same command goes on where the "
     "file ends, and the finished run is the same, trace for trace, as one "
     "that was never interrupted: what trace 4 of a prompt says depends on the "
     "model, the sampling, the seed, the prompt and the number 4, and on "
     "nothing else.\n"
     "\n"
     "The command must be the same in all that shapes the results: model, "
     "data and their selection, system prompt, sampling, seed, policy, measure "
     "and judge. What only changes the speed may change: --slots and "
     "--threads. A run file of another configuration is refused, with the "
     "first difference named; give the new run another file.\n"
     "\n"
     "At Ctrl-C the traces in work are dropped and drawn again later. A second "
     "Ctrl-C ends at once, which loses no more. `deepconf show` may look at a "
     "run file at any time, also while the run writes it.\n"
     "\n"
     "Servers (--base-url) draw other traces each time. Ctrl-C lets end "
     "what is in flight and gives up what waits to be sent; a second one ends "
     "at once. A trace that is lost all the same is drawn again, is stored as "
     "such, and is counted by `deepconf show`: long traces are lost more "
     "often, so that drawing them again favours short ones, as refusals are."},
    {"servers", "A model behind a server, from the first question to a report",
     "1. deepconf probe --base-url http://HOST:PORT/v1 says what the server "
     "gives and gets wrong, and how it calls the model. A run needs the "
     "log-probabilities of a token's alternatives.\n"
     "2. deepconf plan, with the options of the run, says what it would take, "
     "and with --price-in and --price-out cost.\n"
     "3. deepconf run --model NAME --base-url http://HOST:PORT/v1 --data FILE "
     "--out run.db. Ctrl-C and the same command again go on with it, also at "
     "another address of the same server.\n"
     "4. deepconf show run.db, deepconf report run.db, and all other commands "
     "need no server any more. deepconf judge run.db --judge "
     "wildguard=http://HOST:PORT/v1#NAME asks a second one.\n"
     "\n"
     "The model of --base-url is named as the server names it; where it has "
     "several, `probe` lists them. A URL mostly ends in /v1.\n"
     "\n"
     "A key is read from OPENAI_API_KEY, or from the variable that "
     "--api-key-env names, and is sent to every --base-url. Judges' servers "
     "get none but by --judge-api-key-env. It is written nowhere.\n"
     "\n"
     "What a server fails at is asked again: 429, 5xx, cut streams, silence "
     "(--timeout) and answers that contradict themselves are never a verdict. "
     "Where it stays so, the run ends with exit code 4 and what was finished "
     "is kept; the same command goes on."},
    {"environment", "Which environment variables are looked at",
     "DEEPCONF_CACHE is the cache folder, where models and data sets are "
     "looked for. Without it: deepconf in XDG_CACHE_HOME, or .cache/deepconf "
     "in HOME.\n"
     "\n"
     "DEEPCONF_LLAMA_LOG, set to anything, prints the messages of libllama on "
     "standard error: what it says while it loads a model. They are shown as "
     "they come.\n"
     "\n"
     "OPENAI_BASE_URL is the server, if there is no --base-url and --model is "
     "none of this machine; a note says so. OPENAI_API_KEY, if set, is the key "
     "that is sent to --base-url, unless --api-key-env names another variable. "
     "http_proxy, https_proxy, all_proxy and no_proxy name proxies on the way "
     "to servers; CURL_CA_BUNDLE, SSL_CERT_FILE and SSL_CERT_DIR the "
     "certificates that are trusted.\n"
     "\n"
     "NO_COLOR, set to anything but nothing, and TERM=dumb switch colours "
     "off.\n"
     "\n"
     "TMPDIR is where verify makes a report again; without it, /tmp. "
     "GOMP_SPINCOUNT and OMP_WAIT_POLICY are libgomp's: where neither is set, "
     "commands that compute set a short GOMP_SPINCOUNT, so that waiting "
     "threads leave the cores to others.\n\n"
     "No other variable changes where traces come from, and none changes a "
     "decision."},
    {"exit-codes", "What the exit codes mean",
     "A script can tell the kinds of trouble apart by the exit code. The "
     "message on standard error says what is wrong, where, and what to do."},
    {0},
};

const struct dc_topic *dc_topic_find(const char *name)
{
    for (const struct dc_topic *t = dc_topics; t->name; t++)
        if (!strcmp(t->name, name))
            return t;
    return NULL;
}
