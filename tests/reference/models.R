# What made models.r.csv: Rscript models.R in this folder (needs lme4, clubSandwich, quantreg)
suppressMessages({library(lme4); library(clubSandwich); library(quantreg)})
rows <- list()
put <- function(data, software, case, quantity, value)
  rows[[length(rows) + 1]] <<- data.frame(data = data, software = software, case = case,
                                          quantity = quantity, value = signif(value, 10))
control <- lmerControl(check.conv.singular = "ignore", optimizer = "bobyqa",
                       optCtrl = list(rhobeg = 1e-2, rhoend = 1e-9, maxfun = 1e6))

for (n in c(37, 120)) {
  d <- read.csv(sprintf("dyads_%d.csv", n))
  dyads <- sprintf("%d dyads", n)
  for (table in c("clean", "contaminated")) {
    one <- if (table == "clean") d else read.csv(sprintf("dyads_%d_contaminated.csv", n))
    for (model in c("m ~ x", "y ~ m + x", "y ~ m + x + c")) {
      fit <- rq(as.formula(model), .5, one)
      for (term in names(coef(fit)))
        put(dyads, "R quantreg", paste("median", model, table), paste0("coef.", term),
            coef(fit)[[term]])
    }
  }
  d$x_mean <- ave(d$x, d$therapist); d$m_mean <- ave(d$m, d$therapist)
  for (model in c("m ~ x + c", "y ~ m + x + c")) {
    path <- if (startsWith(model, "m")) "x" else "m"
    fit <- lm(as.formula(model), d)
    for (kind in c("CR1S", "CR2", "CR3"))
      put(dyads, "R clubSandwich", paste(kind, model), paste0("se.", path),
          sqrt(as.matrix(vcovCR(fit, d$therapist, type = kind))[path, path]))
    tested <- coef_test(fit, "CR2", test = "Satterthwaite", cluster = d$therapist)
    put(dyads, "R clubSandwich", paste("CR2", model), paste0("df.", path), tested[path, "df_Satt"])
    means <- if (path == "x") "+ x_mean" else "+ x_mean + m_mean"
    mixed <- lmer(as.formula(paste(model, means, "+ (1 | therapist)")), d, control = control)
    put(dyads, "R lme4", paste("therapists random,", model), paste0("coef.", path),
        fixef(mixed)[[path]])
    put(dyads, "R lme4", paste("therapists random,", model), paste0("se.", path),
        sqrt(as.matrix(vcov(mixed))[path, path]))
  }
}

# Slopes that vary between dyads, each dyad's mean taken out by contrasts, both sides over their
# root mean square.
contrasts <- function(v) { k <- seq_len(length(v) - 1); (cumsum(v)[k] - k * v[-1]) / sqrt(k * (k + 1)) }
changes <- read.csv("one_step.csv")
long <- do.call(rbind, lapply(split(changes, changes$dyad_id), function(one)
  data.frame(dyad = one$dyad_id[1], p = contrasts(one$patient), t = contrasts(one$therapist))))
long$p <- long$p / sqrt(mean(long$p^2)); long$t <- long$t / sqrt(mean(long$t^2))
mixed <- lmer(p ~ 0 + t + (0 + t | dyad), long, control = control)
put("80 dyads", "R lme4", "slopes by dyad", "average", fixef(mixed)[["t"]])
put("80 dyads", "R lme4", "slopes by dyad", "average, standard error", sqrt(as.matrix(vcov(mixed))[1, 1]))
for (dyad in rownames(coef(mixed)$dyad)[1:10])
  put("80 dyads", "R lme4", "slopes by dyad", paste("dyad", dyad), coef(mixed)$dyad[dyad, "t"])

# Lines of ratings, a random intercept and slope per dyad; their correlation is -1 here.
ratings <- read.csv("ratings_12.csv")
mixed <- lmer(outcome ~ time + (time | dyad_id), transform(ratings, time = time / 16), control = control)
for (dyad in rownames(coef(mixed)$dyad_id))
  put("12 dyads", "R lme4", "lines by dyad", paste("slope,", dyad), coef(mixed)$dyad_id[dyad, "time"])

cat(R.version.string, sapply(c("lme4", "clubSandwich", "quantreg"), function(p) format(packageVersion(p))), "\n")
write.csv(do.call(rbind, rows), "models.r.csv", row.names = FALSE)
