# The book's three claims in R, for who trusts R more than Python: run it in this folder,
#   Rscript claims.R
# It reads ../data, computes the claims with R alone and compares them with ../published/numbers.csv.
# Base R is enough for the claims by least squares; the packages robustbase, lavaan, mediation,
# robmed and WRS2 each add an analysis, and which of them are missing is said.

set.seed(20210101)
draws <- 10000
data <- "../data"

# From samples to one row a dyad -------------------------------------------------------------------
samples <- read.csv(file.path(data, "oxytocin.csv"))
wide <- reshape(samples, direction = "wide", timevar = "phase",
                idvar = c("dyad_id", "session", "role"))
wide$change <- wide$oxytocin_pg_ml.post - wide$oxytocin_pg_ml.pre
changes <- reshape(wide[c("dyad_id", "session", "role", "change")], direction = "wide",
                   timevar = "role", idvar = c("dyad_id", "session"))
changes <- changes[complete.cases(changes), ]
synchrony <- sapply(split(changes, changes$dyad_id), function(one)
  if (nrow(one) < 3) NA else cor(one$change.patient, one$change.therapist))

symptoms <- read.csv(file.path(data, "symptoms.csv"))
planned_weeks <- 16
reduction <- sapply(split(symptoms, symptoms$dyad_id), function(one)
  -planned_weeks * coef(lm(hrsd17 ~ week, one))[["week"]])

dyads <- read.csv(file.path(data, "dyads.csv"))
dyads$x <- dyads$social_impairment
dyads$m <- synchrony[dyads$dyad_id]
dyads$y <- reduction[dyads$dyad_id]
dyads <- dyads[complete.cases(dyads[c("x", "m", "y")]), ]

# The claims ---------------------------------------------------------------------------------------
claims <- list()
add <- function(method, by, a = NULL, b = NULL, c = NULL) {
  for (id in c("a", "b", "c")) {
    one <- get(id, inherits = FALSE)
    if (!is.null(one)) claims[[length(claims) + 1]] <<- data.frame(
      claim = id, method = method, by = by, estimate = one[[1]],
      ci_lower = one[[2]], ci_upper = one[[3]])
  }
}
row <- function(fit, term) c(coef(fit)[[term]], confint(fit, term))
middle <- function(values) quantile(values, c(.025, .975), names = FALSE)

# Paths by least squares; Imai, Keele & Tingley (2010) for the indirect effect: draw both models'
# coefficients from their normal distributions.
fit_m <- lm(m ~ x, dyads)
fit_y <- lm(y ~ m + x, dyads)
normal <- function(fit, term) rnorm(draws, coef(fit)[[term]], sqrt(vcov(fit)[term, term]))
product <- coef(fit_m)[["x"]] * coef(fit_y)[["m"]]
paths <- "least squares"
add(paths, "base R", a = row(fit_m, "x"), b = row(fit_y, "m"))
add("quasi-Bayesian", "base R", c = c(product, middle(normal(fit_m, "x") * normal(fit_y, "m"))))

resampled <- replicate(draws, {
  one <- dyads[sample(nrow(dyads), replace = TRUE), ]
  a <- coef(lm.fit(cbind(1, one$x), one$m))[[2]]
  b <- coef(lm.fit(cbind(1, one$m, one$x), one$y))[[2]]
  c(a, b, a * b)
})
ends <- apply(resampled, 1, middle, simplify = FALSE)
add("bootstrap", "base R", a = c(coef(fit_m)[["x"]], ends[[1]]),
    b = c(coef(fit_y)[["m"]], ends[[2]]), c = c(product, ends[[3]]))

has <- function(package) requireNamespace(package, quietly = TRUE)
if (has("robustbase")) {  # MM-regression, bisquare, efficiency .85, as in robmed
  control <- robustbase::lmrob.control(tuning.psi = 3.443689, max.it = 1000, k.max = 1000,
                                       maxit.scale = 1000, cov = ".vcov.avar1")
  a <- coef(robustbase::lmrob(m ~ x, dyads, control = control))[["x"]]
  b <- coef(robustbase::lmrob(y ~ m + x, dyads, control = control))[["m"]]
  add("MM-regression", "robustbase", a = c(a, NA, NA), b = c(b, NA, NA), c = c(a * b, NA, NA))
}
if (has("lavaan")) {  # the same two models as one path model, by maximum likelihood
  fit <- lavaan::sem("m ~ a*x\ny ~ b*m + x\nab := a*b", dyads)
  found <- lavaan::parameterEstimates(fit)
  path <- function(label) unlist(found[found$label == label, c("est", "ci.lower", "ci.upper")])
  add(paths, "lavaan", a = path("a"), b = path("b"))
  add("quasi-Bayesian", "lavaan", c = path("ab"))
}
if (has("mediation")) {
  fit <- mediation::mediate(fit_m, fit_y, treat = "x", mediator = "m", sims = draws)
  add("quasi-Bayesian", "mediation", c = c(fit$d.avg, fit$d.avg.ci))
  fit <- mediation::mediate(fit_m, fit_y, treat = "x", mediator = "m", sims = draws, boot = TRUE)
  add("bootstrap", "mediation", c = c(fit$d.avg, fit$d.avg.ci))
}
if (has("robmed")) {
  fit <- robmed::test_mediation(dyads, x = "x", y = "y", m = "m", R = draws, type = "perc")
  add("MM-regression", "robmed", c = c(fit$fit$indirect, fit$ci))
}
if (has("WRS2")) {
  fit <- WRS2::ZYmediate(dyads$x, dyads$y, dyads$m, nboot = draws)
  add("Huber covariance", "WRS2", c = c(fit$ab.est, fit$CI.ab))
}
claims <- do.call(rbind, claims)

# Beside the published numbers ---------------------------------------------------------------------
published <- read.csv("../published/numbers.csv")
published <- published[startsWith(published$place, "claims"), ]
look_up <- function(claim, method, column) {
  named <- startsWith(published$name, paste0(claim, ", ", method, ",")) &
    endsWith(published$name, column)
  if (!any(named)) stop("../published/numbers.csv has no row ", claim, ", ", method)
  as.numeric(published$value[named][1])
}
for (column in c("estimate", "ci_lower", "ci_upper"))
  claims[[paste0("book_", column)]] <- mapply(look_up, claims$claim, claims$method, column)

wanted <- c("robustbase", "lavaan", "mediation", "robmed", "WRS2")
present <- Filter(has, wanted)
cat(R.version.string, "\n")
cat("With", paste(present, sapply(present, function(p) format(packageVersion(p))),
                  collapse = ", "), "\n")
if (length(missing <- setdiff(wanted, present)))
  cat("Not run, because not installed:", paste(missing, collapse = ", "), "\n")
cat(nrow(dyads), "dyads,", draws, "draws or resamples\n\n")
width <- claims$ci_upper - claims$ci_lower
width[is.na(width)] <- (claims$book_ci_upper - claims$book_ci_lower)[is.na(width)]
claims$agrees <- ifelse(abs(claims$estimate - claims$book_estimate) < 1e-2 * width, "yes", "NO")
numbers <- sapply(claims, is.numeric)
claims[numbers] <- lapply(claims[numbers], round, 3)
options(width = 130)
print(claims, row.names = FALSE)
cat("\nbook_...: the published numbers.  agrees: the estimates differ by less than a hundredth of",
    "\nthe interval's width.  Ends of intervals, and the estimate by mediation's draws, come from other",
    "\ndraws than the book's; those by lavaan are of its delta method.\n")
