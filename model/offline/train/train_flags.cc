#include "model/offline/train/train_flags.h"

#include "model/offline/program/program.h"
#include "model/spec/model_spec.h"

namespace ebm {
namespace {

void AddPublicationFlags(CLI::App& app, Publication& publication) {
  auto* const publish =
      app.add_option("--publish", publication.folder,
                     "publish the model as the next version of this model of a repository, unless it is worse on "
                     "validation rows than the version that is served")
          ->type_name("DIR/NAME");
  app.add_option("--keep_versions", publication.keep_versions,
                 "after publishing, remove all but so many of the newest versions, but none that has a label or that a "
                 "server has loaded")
      ->check(CLI::PositiveNumber)
      ->needs(publish);
  app.add_flag_callback(
         "--force", [&publication] { publication.when_worse = WhenWorse::kPublish; },
         "publish also a model that is worse")
      ->needs(publish);
}

void AddRunFlags(CLI::App& app, TrainFlags& flags) {
  app.add_option("--data", flags.data.data, DataHelp())->required();
  app.add_option(
      "--output", flags.output,
      "the checkpoint to write, ending in .safetensors (default: with --publish, only the repository has it)");
  AddPublicationFlags(app, flags.publication);
  app.add_option("--recipe", flags.recipe,
                 "auto, which chooses by the data, or default, density, density_resnet, density_resnet_small, "
                 "notebook, table, class_rbm, rbm, boltzmann or gaussian_rbm")
      ->capture_default_str();
  AddSeedFlag(app, "seed of all random numbers of the run", flags.seed);
  auto* const epochs = app.add_option("--epochs", flags.epochs, "the most epochs (default: the recipe's)")
                           ->check(CLI::Range(1, 1000000));
  app.add_option("--minutes", flags.minutes,
                 "train for about so long at most: a probe tells how many epochs that is (default: 1 for tables with "
                 "--recipe=auto, otherwise as long as the recipe takes)")
      ->check(CLI::PositiveNumber)
      ->excludes(epochs);
  app.add_option("--init_from", flags.init_from,
                 "start from the weights of this checkpoint, with its columns and classes, and train a third as long")
      ->type_name("FILE");
  app.add_option("--log_z", flags.log_z, "auto: estimate ln Z afterwards, as ebm-logz does, for ln p(x); or none")
      ->check(CLI::IsMember({kAddLogZ, "none"}))
      ->capture_default_str();
  app.add_option("--batch_size", flags.batch_size,
                 "rows per batch and process (default: the recipe's); several processes, started by torchrun or the "
                 "like, each compute as many")
      ->check(CLI::Range(1, 65536));
  app.add_option("--replay_shards", flags.replay_shards,
                 "cut the replay buffer into so many parts, as so many processes do, to repeat their run in one")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
}

void AddLossFlags(CLI::App& app, TrainFlags& flags) {
  app.add_option("--learning_rate", flags.learning_rate, "learning rate (default: the recipe's)");
  app.add_option("--objective", flags.objective,
                 "what training lowers, for recipes of models of levels: pcd, persistent contrastive divergence; cd, "
                 "contrastive divergence; pseudo_likelihood or probability_flow, without chains, for columns of two "
                 "values and one class (default: pcd)");
  app.add_option("--density_weight", flags.density_weight,
                 "w of the loss CE + w L_gen: near 0 for the best classifier, 1 for the likelihood of rows and classes "
                 "(default: the recipe's)");
  app.add_option("--weight_penalty", flags.weight_penalty,
                 "q of the term q/2 |W|^2 of the loss, over weights other than biases (default: the recipe's)");
}

void AddStartFlags(CLI::App& app, TrainFlags& flags) {
  auto* const resume = app.add_flag("--resume", flags.resume, "continue from the state file next to the output");
  auto* const either = app.add_flag("--resume_or_overwrite", flags.resume_or_overwrite,
                                    "--resume if the state file is that of a run with the same data and settings, and "
                                    "else --overwrite: for jobs that are restarted")
                           ->excludes(resume);
  app.add_flag("--overwrite", flags.overwrite, "begin anew where an earlier run with this output has left its state")
      ->excludes(resume)
      ->excludes(either);
}

void AddNetworkFlags(CLI::App& app, TrainFlags& flags) {
  app.add_option(
         "--family", flags.family,
         "network: jem_mlp, a multilayer perceptron, or jem_resnet, a residual convolutional network for data "
         "with the shape of an image (default: the recipe's); recipes of models of levels have one of their own")
      ->check(CLI::IsMember({MlpSpec::kFamily, ResnetSpec::kFamily}));
  app.add_option("--hidden_widths", flags.hidden_widths,
                 "units of each layer, such as 256,256; jem_resnet: channels of each group of blocks, such as "
                 "16,32,64; class_rbm, rbm and gaussian_rbm: one number, of hidden units; boltzmann has none (default: "
                 "the recipe's)")
      ->delimiter(',');
  app.add_option("--blocks_per_group", flags.blocks_per_group,
                 "jem_resnet: residual blocks per group (default: the recipe's)");
  app.add_option("--activation", flags.activation, "elu, silu, relu, softplus or leaky_relu (default: the recipe's)");
  app.add_option("--base", flags.base,
                 "base density, for recipes that have one: class_gaussians, one Gaussian per class, or gaussian, one "
                 "for all classes (default: the recipe's)")
      ->check(CLI::IsMember({kClassGaussiansBase, kGaussianBase}));
}

void AddChainFlags(CLI::App& app, TrainFlags& flags) {
  app.add_option("--chain_steps", flags.chain_steps, "steps of the chains per batch (default: the recipe's)")
      ->check(CLI::Range(0, 100000));
  app.add_option("--chain_step_size", flags.chain_step_size,
                 "step size alpha of the chains, in scaled units (default: the recipe's)");
  app.add_option("--chain_noise_scale", flags.chain_noise_scale,
                 "noise scale sigma of the chains, in scaled units (default: the recipe's); their temperature is "
                 "sigma^2 / (2 alpha)");
  app.add_flag("--chain_metropolis", flags.chain_metropolis,
               "accept or reject every step of the chains, so that they sample exactly at their temperature");
}

void AddDataFlags(CLI::App& app, DataOptions& data) {
  app.add_option("--labels", data.labels, LabelsHelp("data"));
  app.add_option(
      "--validation_data", data.validation_data,
      "rows for selection, a file or folder as for --data (default: the named data set's own, or a fifth of the rows "
      "of --data)");
  app.add_option("--validation_labels", data.validation_labels, LabelsHelp("validation_data"))
      ->needs("--validation_data");
  app.add_option(
      "--test_data", data.test_data,
      "rows for the final report, never used for selection, a file or folder as for --data (default: the named "
      "data set's own)");
  app.add_option("--test_labels", data.test_labels, LabelsHelp("test_data"))->needs("--test_data");
  AddHeaderFlag(app, data.header);
  app.add_option("--label", data.table.label,
                 "the label's column, by name or by index from 0 (-1: the last), or 'none' for rows without labels "
                 "(default: a column called label, class, target or species, or else the last)");
  app.add_option("--ignore", data.table.ignored, "columns to leave out, such as row ids, by name or index")
      ->delimiter(',');
  app.add_option("--categorical", data.table.categorical,
                 "columns of numbers that are names, not amounts, by name or index")
      ->delimiter(',');
  app.add_option("--data_step", data.table.step,
                 "the values of a file are multiples of this, such as 1 for whole numbers; 0: they are continuous "
                 "(default: 1 for whole numbers that range over less than 256)");
  app.add_option("--binary_threshold", data.binary_threshold,
                 "numbers of this or more, in data units, count as 1, others as 0; for recipes of models of levels");
  app.add_option("--shape", data.input_shape,
                 "shape of a row, such as 28,28 or, in colour, 3,32,32 (default: that of the pictures)")
      ->delimiter(',');
}

}  // namespace

void AddTrainFlags(CLI::App& app, TrainFlags& flags) {
  AddRunFlags(app, flags);
  AddLossFlags(app, flags);
  AddStartFlags(app, flags);
  AddNetworkFlags(app, flags);
  AddChainFlags(app, flags);
  AddDataFlags(app, flags.data);
  AddThreadsFlag(app, "compute threads (0: all cores)", flags.threads);
}

}  // namespace ebm
